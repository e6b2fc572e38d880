data "entra_hardware_oath_token" "found" {
  serial_number = "70029370"
}

output "holder" {
  value = data.entra_hardware_oath_token.found.assigned_to
}
