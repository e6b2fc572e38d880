# Amy gets the token. She activates it herself, with a code that it shows, at
# https://mysignins.microsoft.com/security-info: that is her business, and no drift.
resource "entra_hardware_oath_token_assignment" "amy" {
  token_id = "3dee0e53-f50f-43ef-85c0-b44689f2d66d"
  user_id  = "amy@contoso.com"
}
