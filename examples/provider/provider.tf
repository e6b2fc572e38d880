terraform {
  required_providers {
    entra = {
      source = "terraform-provider-entra/entra"
    }
  }
}

# An application with the permission Policy.ReadWrite.AuthenticationMethod.
# Its secret comes from the environment variable ARM_CLIENT_SECRET.
provider "entra" {
  tenant_id = "8f2b0d2e-6c1f-4f6e-9b0a-2f1d3c4b5a69"
  client_id = "0cadbf92-91a4-4d5b-8f0e-7a8f3f1c2d4e"
}
