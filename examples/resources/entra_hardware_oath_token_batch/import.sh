# By serial numbers, with commas between them.
terraform import entra_hardware_oath_token_batch.delivery 70029370,70029371

# By a file that holds one serial number in each line.
terraform import entra_hardware_oath_token_batch.delivery @serial-numbers.txt
