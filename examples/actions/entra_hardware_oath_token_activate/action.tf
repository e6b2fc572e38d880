# At the help desk, with the code that Amy reads off her token:
# terraform apply -invoke=action.entra_hardware_oath_token_activate.amy -var=code=123456
terraform {
  required_version = ">= 1.14" # older ones know no actions, and 1.13 passes over them in silence
}

variable "code" {
  type      = string
  sensitive = true
  default   = null # an apply that invokes nothing needs no code
}

data "entra_hardware_oath_token" "amy" {
  serial_number = "70029370"
}

action "entra_hardware_oath_token_activate" "amy" {
  config {
    token_id          = data.entra_hardware_oath_token.amy.id
    user_id           = "amy@contoso.com"
    verification_code = var.code
  }
}
