# The user's object id or user principal name will do.
import {
  to = entra_hardware_oath_token_assignment.amy
  identity = {
    user_id  = "amy@contoso.com"
    token_id = "3dee0e53-f50f-43ef-85c0-b44689f2d66d"
  }
}
