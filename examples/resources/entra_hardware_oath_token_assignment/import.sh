# By the user's object id and the token's.
terraform import entra_hardware_oath_token_assignment.amy 5f2bd1b7-3b8d-4a4e-8b3a-6f3c2f1f0e9a/3dee0e53-f50f-43ef-85c0-b44689f2d66d

# By the user's principal name and the token's object id.
terraform import entra_hardware_oath_token_assignment.amy amy@contoso.com/3dee0e53-f50f-43ef-85c0-b44689f2d66d
