# Amy has mislaid her token: it signs nobody in until it is activated again.
# terraform apply -invoke=action.entra_hardware_oath_token_deactivate.amy
terraform {
  required_version = ">= 1.14" # older ones know no actions, and 1.13 passes over them in silence
}

data "entra_hardware_oath_token" "mislaid" {
  serial_number = "70029370"
}

action "entra_hardware_oath_token_deactivate" "amy" {
  config {
    token_id = data.entra_hardware_oath_token.mislaid.id
    user_id  = "amy@contoso.com"
  }
}
