# The id is the user's object id or user principal name, a slash, and the token's object id.
import {
  to = entra_hardware_oath_token_assignment.amy
  id = "amy@contoso.com/3dee0e53-f50f-43ef-85c0-b44689f2d66d"
}
