# By the token's object id.
terraform import entra_hardware_oath_token.reception 3dee0e53-f50f-43ef-85c0-b44689f2d66d

# By its serial number.
terraform import entra_hardware_oath_token.reception 70029370
