# This token was uploaded through Graph Explorer last year. Its seed is not needed to take it over.
import {
  to = entra_hardware_oath_token.spare
  id = "68110028"
}

resource "entra_hardware_oath_token" "spare" {
  serial_number            = "68110028"
  manufacturer             = "Deepnet"
  model                    = "SafeID/Classic"
  time_interval_in_seconds = 30
}
