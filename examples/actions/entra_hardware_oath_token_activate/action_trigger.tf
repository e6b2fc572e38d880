# Amy stands at the counter: the token is assigned to her, and activated with the
# code that it shows, in one apply: terraform apply -var=code=123456
#
# A wrong code is an error, and she keeps the token. Then the action is invoked again:
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

resource "entra_hardware_oath_token_assignment" "amy" {
  token_id = data.entra_hardware_oath_token.amy.id
  user_id  = "amy@contoso.com"

  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.entra_hardware_oath_token_activate.amy]
    }
  }
}

# It does not refer to the assignment: an action that refers to what triggers it
# can't be invoked by itself.
action "entra_hardware_oath_token_activate" "amy" {
  config {
    token_id          = data.entra_hardware_oath_token.amy.id
    user_id           = "amy@contoso.com"
    verification_code = var.code
  }
}
