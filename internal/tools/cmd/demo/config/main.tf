terraform {
  required_version = ">= 1.11"

  required_providers {
    entra = {
      source = "terraform-provider-entra/entra"
    }
  }
}

# Where Graph is and who asks come from the environment: ARM_MSGRAPH_ENDPOINT and ARM_MSGRAPH_ACCESS_TOKEN here,
# the ARM_* variables that you have already elsewhere.
provider "entra" {}

locals {
  # The vendor's file, as it came. A map with the serial numbers as keys, so that each token has its own address.
  delivery = { for token in jsondecode(file("${path.module}/safeid.json")).value : token.serialNumber => token }
}

resource "entra_hardware_oath_token" "safeid" {
  for_each = local.delivery

  serial_number            = each.key
  manufacturer             = each.value.manufacturer
  model                    = each.value.model
  time_interval_in_seconds = each.value.timeIntervalInSeconds
  hash_function            = each.value.hashFunction

  # Write-only: it is sent to Graph once and is kept in no plan and no state.
  secret_key_wo         = each.value.secretKey
  secret_key_wo_version = 1
}
