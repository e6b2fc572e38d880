package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
)

// Where the tokens live, and where those of a user do; Graph's paths are case-insensitive.
const (
	devicesPath = "/directory/authenticationmethoddevices/hardwareoathdevices"
	methodsPath = "/authentication/hardwareoathmethods"
)

// normalise rewrites an answer about tokens into the flat, lower-case shape of
// Microsoft's metadata, which is the only one that the SDK reads. The API pages
// also show an object wrapped in "value", items wrapped in "device", intervals
// as strings and enum members in other casing. Answers of other paths are
// returned as they are; anything that is not JSON is an error.
func normalise(path string, answer []byte) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(answer))
	decoder.UseNumber()
	var root any
	if err := decoder.Decode(&root); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("data after the JSON value")
	}
	object, ok := root.(map[string]any)
	path = strings.ToLower(path)
	shape := normaliseDevice
	switch {
	case strings.Contains(path, devicesPath):
	case strings.Contains(path, methodsPath):
		shape = normaliseMethod
	default:
		ok = false
	}
	if !ok {
		return answer, nil
	}
	if items, ok := object["value"].([]any); ok {
		for i, item := range items {
			if item, ok := item.(map[string]any); ok {
				items[i] = shape(item)
			}
		}
		return json.Marshal(object)
	}
	if inner, ok := object["value"].(map[string]any); ok {
		object = inner
	}
	return json.Marshal(shape(object))
}

// normaliseMethod leaves the method as it is, and its device in the one shape.
func normaliseMethod(method map[string]any) map[string]any {
	if device, ok := method["device"].(map[string]any); ok {
		method["device"] = normaliseDevice(device)
	}
	return method
}

func normaliseDevice(device map[string]any) map[string]any {
	if inner, ok := device["device"].(map[string]any); ok && device["serialNumber"] == nil {
		if inner["id"] == nil {
			inner["id"] = device["id"]
		}
		device = inner
	}
	if interval, ok := device["timeIntervalInSeconds"].(string); ok {
		if _, err := strconv.ParseInt(interval, 10, 32); err == nil {
			device["timeIntervalInSeconds"] = json.Number(interval)
		}
	}
	normaliseEnum(device, "hashFunction", HashFunctions())
	normaliseEnum(device, "status", Statuses())
	return device
}

func normaliseEnum(device map[string]any, property string, members []string) {
	value, _ := device[property].(string)
	for _, member := range members {
		if strings.EqualFold(value, member) {
			device[property] = member
		}
	}
}
