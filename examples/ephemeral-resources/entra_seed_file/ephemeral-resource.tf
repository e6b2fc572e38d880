# A box of tokens, from the vendor's file to the tenant, with no secret in the
# state and none in the plan: the function gives for_each its serial numbers,
# the ephemeral resource gives each token its seed.
locals {
  tokens = provider::entra::parse_seed_file(file("${path.module}/tokens.csv")).tokens
}

ephemeral "entra_seed_file" "delivery" {
  path = "${path.module}/tokens.csv"
}

resource "entra_hardware_oath_token" "delivery" {
  for_each = local.tokens

  serial_number            = each.key
  manufacturer             = each.value.manufacturer
  model                    = each.value.model
  time_interval_in_seconds = each.value.time_interval_in_seconds
  hash_function            = each.value.hash_function

  secret_key_wo         = ephemeral.entra_seed_file.delivery.secret_keys[each.key]
  secret_key_wo_version = 1
}
