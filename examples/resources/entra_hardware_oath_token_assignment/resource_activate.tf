# A token that works the moment it is handed over: the code that activates it is
# computed from its seed, which is stored nowhere.
variable "seed" {
  type      = string
  sensitive = true
  ephemeral = true
}

resource "entra_hardware_oath_token" "reception" {
  serial_number            = "70029370"
  manufacturer             = "Deepnet"
  model                    = "SafeID/Classic"
  time_interval_in_seconds = 60

  secret_key_wo         = var.seed
  secret_key_wo_version = 1
}

resource "entra_hardware_oath_token_assignment" "reception" {
  token_id     = entra_hardware_oath_token.reception.id
  user_id      = "amy@contoso.com"
  display_name = "Front desk"

  activate              = true
  secret_key_wo         = var.seed
  secret_key_wo_version = 1
}
