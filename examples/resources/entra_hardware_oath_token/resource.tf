# The seed is stored nowhere: neither in the state nor in the plan.
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
  hash_function            = "hmacsha1"

  secret_key_wo         = var.seed
  secret_key_wo_version = 1
}
