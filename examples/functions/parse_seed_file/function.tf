# What is in the vendor's file, without the secrets: serial numbers and metadata.
output "delivery" {
  value = provider::entra::parse_seed_file(file("${path.module}/tokens.csv")).tokens
}

# A file that does not say everything, with tokens that Entra can't take.
output "mixed" {
  value = provider::entra::parse_seed_file(file("${path.module}/tokens.pskc"), {
    model            = "OTP c200"
    skip_unsupported = true
  })
}
