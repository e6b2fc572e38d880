import {
  to = entra_hardware_oath_token_batch.delivery
  id = "70029370,70029371"
}
