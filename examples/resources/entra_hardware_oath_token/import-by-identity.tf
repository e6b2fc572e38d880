# One of id and serial_number is enough.
import {
  to = entra_hardware_oath_token.reception
  identity = {
    serial_number = "70029370"
  }
}
