variable "minimum_stock" {
  description = "How many tokens of each model must be available: model to number. A model that is not in the inventory has none."
  type        = map(number)
  default     = {}
}

variable "unused_after_days" {
  description = "After how many days without a sign-in a token that somebody holds counts as unused."
  type        = number
  default     = 90
}
