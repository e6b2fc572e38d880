package main

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/tools/sandbox"
)

//go:embed config
var config embed.FS

//go:embed tenant.json
var tenantJSON []byte

// What the demo's files speak of.
const (
	vendorFile     = "safeid.json"
	importedSerial = "68110028"
	lookedUpSerial = "70029370"
)

// tenant is what the tenant holds before the demo, and what the vendor delivers.
type tenant struct {
	state    sandbox.State
	delivery []sandbox.Device
}

func newTenant() (*tenant, error) {
	t := &tenant{}
	if err := json.Unmarshal(tenantJSON, &t.state); err != nil {
		return nil, fmt.Errorf("tenant.json: %w", err)
	}

	content, err := config.ReadFile("config/" + vendorFile)
	if err != nil {
		return nil, err
	}
	var file struct {
		Value []sandbox.Device `json:"value"`
	}
	if err := json.Unmarshal(content, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", vendorFile, err)
	}
	t.delivery = file.Value
	return t, nil
}

// serials answers the serial numbers of devices in order.
func serials(devices []sandbox.Device) []string {
	all := make([]string, 0, len(devices))
	for _, device := range devices {
		all = append(all, device.SerialNumber)
	}
	slices.Sort(all)
	return all
}

func bySerial(devices []sandbox.Device, serial string) (sandbox.Device, bool) {
	i := slices.IndexFunc(devices, func(d sandbox.Device) bool { return d.SerialNumber == serial })
	if i < 0 {
		return sandbox.Device{}, false
	}
	return devices[i], true
}
