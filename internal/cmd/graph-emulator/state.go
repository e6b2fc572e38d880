package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

// state is what the tenant holds at the start, in Graph's property names.
type state struct {
	Users               []user   `json:"users"`
	HardwareOathDevices []device `json:"hardwareOathDevices"`
}

type user struct {
	ID                string `json:"id"`
	UserPrincipalName string `json:"userPrincipalName"`
	DisplayName       string `json:"displayName"`
	UserType          string `json:"userType"`
}

type device struct {
	ID                    string     `json:"id"`
	DisplayName           string     `json:"displayName"`
	SerialNumber          string     `json:"serialNumber"`
	Manufacturer          string     `json:"manufacturer"`
	Model                 string     `json:"model"`
	SecretKey             string     `json:"secretKey"`
	TimeIntervalInSeconds int        `json:"timeIntervalInSeconds"`
	HashFunction          string     `json:"hashFunction"`
	Status                string     `json:"status"`
	LastUsedDateTime      *time.Time `json:"lastUsedDateTime"`
	AssignedTo            *identity  `json:"assignedTo"`
	Legacy                bool       `json:"legacy"`
}

type identity struct {
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
}

func readState(path string) (state, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return state{}, fmt.Errorf("state file: %w", err)
	}
	st, err := parseState(raw)
	if err != nil {
		return state{}, fmt.Errorf("state file %s: %w", path, err)
	}
	return st, nil
}

func parseState(raw []byte) (state, error) {
	var st state
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&st); err != nil {
		return st, locate(err, raw, decoder.InputOffset())
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return st, locate(errors.New("there is more after the end of the object"), raw, decoder.InputOffset())
	}
	return st, st.check()
}

// locate adds the line, since a state file is written by hand.
func locate(err error, raw []byte, offset int64) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
		// The message of the library repeats the value, which may be a secret.
		err = fmt.Errorf("%s must be a %s", kind.Field, kind.Type)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("the file ends too early")
	}
	line := 1 + bytes.Count(raw[:min(int(offset), len(raw))], []byte("\n"))
	return fmt.Errorf("line %d: %w", line, err)
}

func (st state) check() error {
	users, serials := map[string]bool{}, map[string]bool{}
	for i, u := range st.Users {
		id := strings.ToLower(u.ID)
		switch {
		case u.ID == "":
			return fmt.Errorf("users[%d]: id must not be empty", i)
		case users[id]:
			return fmt.Errorf("users[%d]: there is already a user with the id %q", i, u.ID)
		case u.UserType != "" && u.UserType != "Member" && u.UserType != "Guest":
			return fmt.Errorf("users[%d]: userType must be Member or Guest, got %q", i, u.UserType)
		}
		users[id] = true
	}
	ids := map[string]bool{}
	for i, d := range st.HardwareOathDevices {
		where := fmt.Sprintf("hardwareOathDevices[%d] (serialNumber %q)", i, d.SerialNumber)
		if err := d.device().Validate(); err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
		id := strings.ToLower(d.ID)
		switch {
		case id != "" && ids[id]:
			return fmt.Errorf("%s: there is already a device with the id %q", where, d.ID)
		case !d.Legacy && serials[d.SerialNumber]:
			return fmt.Errorf("%s: there is already a device with this serial number", where)
		case d.AssignedTo != nil && !users[strings.ToLower(d.AssignedTo.ID)]:
			return fmt.Errorf("%s: assignedTo: there is no user with the id %q", where, d.AssignedTo.ID)
		}
		ids[id] = true
		serials[d.SerialNumber] = serials[d.SerialNumber] || !d.Legacy
	}
	return nil
}

func (d device) device() graphtest.Device {
	out := graphtest.Device{
		ID: d.ID, DisplayName: d.DisplayName, SerialNumber: d.SerialNumber, Manufacturer: d.Manufacturer, Model: d.Model,
		SecretKey: d.SecretKey, TimeIntervalInSeconds: d.TimeIntervalInSeconds, HashFunction: d.HashFunction,
		Status: d.Status, Legacy: d.Legacy,
	}
	if d.LastUsedDateTime != nil {
		out.LastUsedDateTime = *d.LastUsedDateTime
	}
	if d.AssignedTo != nil {
		out.AssignedTo = d.AssignedTo.ID
	}
	return out
}

func (st state) seed(s *graphtest.Server) {
	for _, u := range st.Users {
		s.PutUser(graphtest.User{
			ID: u.ID, UserPrincipalName: u.UserPrincipalName, DisplayName: u.DisplayName, Guest: u.UserType == "Guest",
		})
	}
	for _, d := range st.HardwareOathDevices {
		s.PutDevice(d.device())
	}
}
