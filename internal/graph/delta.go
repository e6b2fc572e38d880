package graph

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	abstractions "github.com/microsoft/kiota-abstractions-go"
)

const collectionPath = "/directory/authenticationMethodDevices/hardwareOathDevices"

// delta is the body of a bulk creation. The context comes first, as in the
// example of D-bulk: OData's streaming readers want it there, and the SDK's
// writer would put it last.
type delta struct {
	Context string      `json:"@context"`
	Value   []deltaItem `json:"value"`
}

type deltaItem struct {
	ContentID             string  `json:"@contentId"`
	DisplayName           *string `json:"displayName,omitempty"`
	SerialNumber          string  `json:"serialNumber"`
	Manufacturer          string  `json:"manufacturer"`
	Model                 string  `json:"model"`
	SecretKey             string  `json:"secretKey"`
	TimeIntervalInSeconds int64   `json:"timeIntervalInSeconds"`
	HashFunction          string  `json:"hashFunction,omitempty"`
}

func newDelta(specs []NewHardwareOathToken) delta {
	payload := delta{Context: "#$delta", Value: make([]deltaItem, len(specs))}
	for i, spec := range specs {
		payload.Value[i] = deltaItem{
			ContentID: contentID(i), DisplayName: spec.DisplayName, SerialNumber: spec.SerialNumber,
			Manufacturer: spec.Manufacturer, Model: spec.Model, SecretKey: spec.SecretKey,
			TimeIntervalInSeconds: spec.TimeIntervalInSeconds, HashFunction: spec.HashFunction,
		}
	}
	return payload
}

func contentID(index int) string { return strconv.Itoa(index + 1) }

// patchTokens sends one bulk creation. Graph may say of single items that they
// failed (OData 4.01, section 8.2.8.6); failed holds these by serial number.
// Nothing else of the answer is believed: its items may be in any order and
// shape, and which ids they have is learned from a list.
func (c *Client) patchTokens(ctx context.Context, specs []NewHardwareOathToken) (failed map[string]error, err error) {
	body, err := json.Marshal(newDelta(specs))
	if err != nil {
		return nil, err
	}
	answer, err := c.send(withIntent(ctx, creates), abstractions.PATCH, collectionPath, body)
	if err != nil {
		err = plain(err)
		for _, spec := range specs {
			err = maskSecret(err, spec)
		}
		return nil, err
	}
	return c.readFailures(answer, specs), nil
}

// readFailures finds the items of the answer that are annotated as failed.
func (c *Client) readFailures(answer reply, specs []NewHardwareOathToken) map[string]error {
	var page struct {
		Value []map[string]json.RawMessage `json:"value"`
	}
	// An item of another type than expected leaves the others readable, and no
	// body says nothing of a failure.
	_ = json.Unmarshal(answer.body, &page)
	failed := map[string]error{}
	for _, item := range page.Value {
		annotation := failureOf(item)
		for i, spec := range specs {
			if annotation != nil && names(item, spec, i) {
				failed[spec.SerialNumber] = maskSecret(c.annotatedError(answer, annotation), spec)
			}
		}
	}
	return failed
}

// failureOf is the item's annotation, by its short name or the whole one; nil
// for an item that did not fail.
func failureOf(item map[string]json.RawMessage) json.RawMessage {
	for name, annotation := range item {
		if strings.HasSuffix(name, "Core.DataModificationException") || strings.HasSuffix(name, "Core.V1.DataModificationException") {
			return annotation
		}
	}
	return nil
}

// names reports whether an item of an answer is about what was sent at index:
// it says so by its serial number, or where it has none by its content id.
func names(item map[string]json.RawMessage, spec NewHardwareOathToken, index int) bool {
	var serialNumber, id string
	if json.Unmarshal(item["serialNumber"], &serialNumber) == nil && serialNumber != "" {
		return serialNumber == spec.SerialNumber
	}
	for _, name := range []string{"@contentId", "@odata.contentId", "@Core.ContentID", "@Org.OData.Core.V1.ContentID"} {
		if json.Unmarshal(item[name], &id) == nil && id == contentID(index) {
			return true
		}
	}
	return false
}

// annotatedError reads a DataModificationExceptionType as if its item had been
// refused alone.
func (c *Client) annotatedError(answer reply, annotation json.RawMessage) error {
	var exception struct {
		ResponseCode json.Number     `json:"responseCode"`
		Info         json.RawMessage `json:"info"`
	}
	// A member of another type than expected leaves the others readable.
	_ = json.Unmarshal(annotation, &exception)
	status, err := strconv.Atoi(exception.ResponseCode.String())
	if err != nil {
		status = http.StatusBadRequest
	}
	envelope, err := json.Marshal(map[string]json.RawMessage{"error": exception.Info})
	if err != nil {
		envelope = nil
	}
	return c.innerError(answer, http.MethodPatch, answer.path, status, answer.header, envelope)
}
