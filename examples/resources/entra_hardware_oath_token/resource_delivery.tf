# A delivery: the Graph JSON file of the vendor, with all of its tokens.
# for_each goes over a map: a set would make large plans many times slower.
locals {
  delivery = jsondecode(file("${path.module}/safeid.json")).value
}

resource "entra_hardware_oath_token" "delivery" {
  for_each = { for token in local.delivery : token.serialNumber => token }

  serial_number            = each.key
  manufacturer             = each.value.manufacturer
  model                    = each.value.model
  time_interval_in_seconds = each.value.timeIntervalInSeconds
  hash_function            = each.value.hashFunction

  secret_key_wo         = each.value.secretKey
  secret_key_wo_version = 1
}
