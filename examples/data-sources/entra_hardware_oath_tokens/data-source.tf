# What is in the drawer: Microsoft Graph does the filtering.
data "entra_hardware_oath_tokens" "drawer" {
  status       = "available"
  manufacturer = "Deepnet"
}

# What somebody holds and has not used for 90 days, or never.
data "entra_hardware_oath_tokens" "unused" {
  unused_since_days = 90
}

# The whole inventory, to look tokens up by serial number and to count them.
data "entra_hardware_oath_tokens" "all" {}

output "next_to_hand_out" {
  value = try(data.entra_hardware_oath_tokens.drawer.tokens[0].serial_number, null)
}

output "unused" {
  value = [for token in data.entra_hardware_oath_tokens.unused.tokens : token.serial_number]
}

output "holder" {
  value = data.entra_hardware_oath_tokens.all.by_serial_number["70029370"].assigned_to
}

output "count_by_status" {
  value = data.entra_hardware_oath_tokens.all.count_by_status
}
