# The id is the token's object id or its serial number.
import {
  to = entra_hardware_oath_token.reception
  id = "70029370"
}
