# The serial number is what is printed on the back of the token.
data "entra_hardware_oath_token" "found" {
  serial_number = "70029370"
}

output "token_70029370" {
  value = {
    id     = data.entra_hardware_oath_token.found.id
    model  = data.entra_hardware_oath_token.found.model
    status = data.entra_hardware_oath_token.found.status
  }
}
