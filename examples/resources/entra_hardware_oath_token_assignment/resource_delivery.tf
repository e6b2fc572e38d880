# A delivery for known people: the seed file's column with user principal names
# says who gets which token. A token without a name stays in the inventory.
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

# for_each goes over a map: a set would make large plans many times slower.
resource "entra_hardware_oath_token_assignment" "delivery" {
  for_each = { for serial_number, token in local.tokens : serial_number => token.user_principal_name if token.user_principal_name != null }

  token_id = entra_hardware_oath_token.delivery[each.key].id
  user_id  = each.value
}
