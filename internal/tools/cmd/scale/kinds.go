package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
)

// kind says how a configuration holds many tokens.
type kind string

const (
	single kind = "single" // a resource for each token
	batch  kind = "batch"  // one resource for all
)

func parseKind(name string) (kind, error) {
	switch k := kind(name); k {
	case single, batch:
		return k, nil
	}
	return "", fmt.Errorf("%q is neither %s nor %s", name, single, batch)
}

// resource is the type that the kind needs.
func (k kind) resource() string {
	if k == batch {
		return "entra_hardware_oath_token_batch"
	}
	return "entra_hardware_oath_token"
}

// config is the kind's configuration. The tokens stand in a local map: the CLI evaluates the whole of for_each again for every
// instance, and a set or a file costs it more than the provider.
func (k kind) config() string {
	if k == batch {
		return preamble + batchConfig
	}
	return preamble + singleConfig
}

// The address is written out, so that both CLIs ask for the same one.
const preamble = `
terraform {
  required_providers {
    entra = {
      source = "registry.terraform.io/terraform-provider-entra/entra"
    }
  }
}

locals {
  tokens = { for token in jsondecode(file("${path.module}/tokens.json")) : token.serial => token }
}
`

const singleConfig = `
resource "entra_hardware_oath_token" "token" {
  for_each = local.tokens

  serial_number            = each.key
  manufacturer             = each.value.manufacturer
  model                    = each.value.model
  time_interval_in_seconds = each.value.interval
  secret_key_wo            = each.value.secret
  secret_key_wo_version    = 1
}
`

const batchConfig = `
resource "entra_hardware_oath_token_batch" "tokens" {
  tokens = {
    for serial, token in local.tokens : serial => {
      manufacturer             = token.manufacturer
      model                    = token.model
      time_interval_in_seconds = token.interval
    }
  }
  secret_keys_wo         = { for serial, token in local.tokens : serial => token.secret }
  secret_keys_wo_version = 1
}
`

// tokensJSON is the file of a delivery of n tokens.
func tokensJSON(n int) ([]byte, error) {
	type token struct {
		Serial       string `json:"serial"`
		Manufacturer string `json:"manufacturer"`
		Model        string `json:"model"`
		Interval     int    `json:"interval"`
		Secret       string `json:"secret"`
	}
	tokens := make([]token, 0, n)
	for i := range n {
		// 26 characters of Base32 can hold no whole number of bytes; 24 can.
		tokens = append(tokens, token{fmt.Sprintf("SCALE-%06d", i), "Contoso", "Scale", 30, rand.Text()[:24]})
	}
	return json.Marshal(tokens)
}
