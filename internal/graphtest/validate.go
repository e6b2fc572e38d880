package graphtest

import (
	"errors"
	"fmt"
	"slices"
)

// Validate says what keeps Graph from holding such a device; [Server.PutDevice] does not ask.
func (d Device) Validate() error {
	for _, p := range []struct{ name, value string }{
		{"serialNumber", d.SerialNumber}, {"manufacturer", d.Manufacturer}, {"model", d.Model},
	} {
		if p.value == "" {
			return fmt.Errorf("%s must not be empty", p.name)
		}
	}
	if d.TimeIntervalInSeconds != 30 && d.TimeIntervalInSeconds != 60 {
		return fmt.Errorf("timeIntervalInSeconds must be 30 or 60, got %d", d.TimeIntervalInSeconds)
	}
	if !slices.Contains([]string{"", hashSHA1, hashSHA256}, d.HashFunction) {
		return fmt.Errorf("hashFunction must be %s or %s, got %q", hashSHA1, hashSHA256, d.HashFunction)
	}
	if err := checkSecret(d.SecretKey, false); err != nil {
		return fmt.Errorf("secretKey: %s", err.message)
	}
	return d.validateStatus()
}

func (d Device) validateStatus() error {
	switch d.Status {
	case "":
		return nil
	case statusAvailable:
		if d.AssignedTo != "" {
			return errors.New("an available device must not have assignedTo")
		}
		return nil
	case statusAssigned, statusActivated, statusFailedActivation:
		if d.AssignedTo == "" {
			return fmt.Errorf("a device with status %s needs assignedTo", d.Status)
		}
		return nil
	default:
		return fmt.Errorf("status must be %s, %s, %s or %s, got %q",
			statusAvailable, statusAssigned, statusActivated, statusFailedActivation, d.Status)
	}
}
