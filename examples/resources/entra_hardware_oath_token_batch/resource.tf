# A box of tokens, from the vendor's file to the tenant, with no secret in the
# state and none in the plan: the function says which tokens there are, the
# ephemeral resource gives them their seeds.
ephemeral "entra_seed_file" "delivery" {
  path = "${path.module}/tokens.csv"
}

resource "entra_hardware_oath_token_batch" "delivery" {
  tokens = provider::entra::parse_seed_file(file("${path.module}/tokens.csv")).tokens

  secret_keys_wo         = ephemeral.entra_seed_file.delivery.secret_keys
  secret_keys_wo_version = 1

  # Tokens that can't be created are a warning, and the others are kept. With
  # this the apply fails all the same; the next one creates what is missing.
  lifecycle {
    postcondition {
      condition     = alltrue([for token in self.tokens : token.id != null])
      error_message = "Some tokens were not created: see the warning. Put right what is wrong, and apply again."
    }
  }
}
