data "entra_hardware_oath_methods" "amy" {
  user_id = "amy@contoso.com"
}

output "tokens_of_amy" {
  value = { for method in data.entra_hardware_oath_methods.amy.methods : method.id => "${method.serial_number}: ${method.status}" }
}

# A token that was uploaded as CSV in the portal, and with Microsoft Graph too, is two tokens.
check "one_store" {
  assert {
    condition     = length(data.entra_hardware_oath_methods.amy.serial_numbers_in_both_stores) == 0
    error_message = "Amy has a legacy token whose serial number is in the inventory too: remove the legacy one."
  }
}
