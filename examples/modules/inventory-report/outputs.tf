output "csv" {
  description = "The inventory as CSV (RFC 4180), sorted by serial number."
  value       = join("", [for line in local.lines : "${line}\r\n"])
}

output "count_by_status" {
  description = "How many tokens have each status."
  value       = data.entra_hardware_oath_tokens.all.count_by_status
}

output "available_by_model" {
  description = "How many tokens of each model are available."
  value       = local.available_by_model
}
