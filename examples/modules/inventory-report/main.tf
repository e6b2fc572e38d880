terraform {
  required_version = ">= 1.5" # check blocks
  required_providers {
    entra = { source = "terraform-provider-entra/entra" }
  }
}

data "entra_hardware_oath_tokens" "all" {}

# Not inside its check block: Terraform would plan to read it at each apply, and no plan would be empty.
data "entra_hardware_oath_tokens" "unused" {
  unused_since_days = var.unused_after_days
}

locals {
  tokens = data.entra_hardware_oath_tokens.all.tokens

  header = [
    "serial_number", "manufacturer", "model", "time_interval_in_seconds", "hash_function",
    "status", "display_name", "holder", "holder_id", "last_used_date_time", "id",
  ]
  rows = [for token in local.tokens : [
    token.serial_number, token.manufacturer, token.model, tostring(token.time_interval_in_seconds), token.hash_function,
    token.status, token.display_name, try(token.assigned_to.display_name, null), try(token.assigned_to.id, null), token.last_used_date_time, token.id,
  ]]

  # RFC 4180: each cell in quotes, quotes doubled. People choose display names: what a spreadsheet would run as a formula gets an apostrophe in front.
  lines = [for row in concat([local.header], local.rows) : join(",", [
    for cell in row : format("\"%s\"", replace(replace(cell == null ? "" : cell, "/^(\\s*[-=+@＝＋－＠]|[\\t\\r\\n])/", "'$1"), "\"", "\"\""))
  ])]

  available_by_model = merge(
    { for model in keys(var.minimum_stock) : model => 0 },
    { for model, statuses in { for token in local.tokens : token.model => token.status... } : model => length([for status in statuses : status if status == "available"]) },
  )
  unused    = data.entra_hardware_oath_tokens.unused.tokens[*].serial_number
  failed    = [for token in local.tokens : token.serial_number if token.status == "failedActivation"]
  low_stock = [for model, minimum in var.minimum_stock : "${model} (${local.available_by_model[model]} of ${minimum})" if local.available_by_model[model] < minimum]
}

check "failed_activations" {
  assert {
    condition     = length(local.failed) == 0
    error_message = "The activation of ${length(local.failed)} token(s) has failed: ${join(", ", local.failed)}."
  }
}

check "stock" {
  assert {
    condition     = length(local.low_stock) == 0
    error_message = "Time to order tokens, few are available: ${join(", ", local.low_stock)}."
  }
}

check "unused_tokens" {
  assert {
    condition     = length(local.unused) == 0
    error_message = "Held and not used for ${var.unused_after_days} days, or never: ${join(", ", local.unused)}."
  }
}
