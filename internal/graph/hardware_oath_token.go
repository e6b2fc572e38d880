package graph

import (
	"time"

	"github.com/microsoftgraph/msgraph-beta-sdk-go/models"
)

// The members of hardwareOathTokenHashFunction and hardwareOathTokenStatus.
// Source: Microsoft's metadata; there is no SHA-512.
const (
	HashFunctionSHA1   = "hmacsha1"
	HashFunctionSHA256 = "hmacsha256"

	StatusAvailable        = "available"
	StatusAssigned         = "assigned"
	StatusActivated        = "activated"
	StatusFailedActivation = "failedActivation"
)

// HashFunctions lists the hash functions that Graph knows, the default first.
func HashFunctions() []string { return []string{HashFunctionSHA1, HashFunctionSHA256} }

// Statuses lists the states that Graph knows, in the order of a token's life.
func Statuses() []string {
	return []string{StatusAvailable, StatusAssigned, StatusActivated, StatusFailedActivation}
}

// TimeIntervals lists the time steps that Graph takes, in seconds.
func TimeIntervals() []int64 { return []int64{30, 60} }

// HardwareOathToken is a hardwareOathTokenAuthenticationMethodDevice as Graph
// answers it. A nil or empty value is Graph's null; an enum member that the SDK
// does not know is "". The secret is never among what Graph answers.
type HardwareOathToken struct {
	ID                    string
	SerialNumber          string
	Manufacturer          string
	Model                 string
	TimeIntervalInSeconds int64
	HashFunction          string
	DisplayName           *string
	Status                string
	AssignedTo            *Identity
	LastUsedDateTime      *time.Time
}

// Identity is the user that holds a token.
type Identity struct {
	// ID is the user's object id.
	ID          string
	DisplayName *string
}

// NewHardwareOathToken is what a creation sends. All but HashFunction and
// DisplayName are required.
type NewHardwareOathToken struct {
	SerialNumber          string
	Manufacturer          string
	Model                 string
	SecretKey             string // base32, upper case, without spaces or padding
	TimeIntervalInSeconds int64
	HashFunction          string
	DisplayName           *string
}

// HardwareOathTokenUpdate is what an update sends: only what is not nil.
type HardwareOathTokenUpdate struct {
	Manufacturer          *string
	Model                 *string
	TimeIntervalInSeconds *int64
	HashFunction          *string
	DisplayName           *string
}

// HardwareOathTokenRef names a token that is known to have been made.
type HardwareOathTokenRef struct {
	ID string
	// CreatedAt is when its creation was answered; zero when that is unknown or
	// long ago. For a while after it, 404 is waited out instead of believed.
	CreatedAt time.Time
}

// matches reports whether the token could be the one that spec asked for. The
// secret can't be compared.
func (t HardwareOathToken) matches(spec NewHardwareOathToken) bool {
	return t.AssignedTo == nil &&
		t.SerialNumber == spec.SerialNumber &&
		t.Manufacturer == spec.Manufacturer &&
		t.Model == spec.Model &&
		t.TimeIntervalInSeconds == spec.TimeIntervalInSeconds &&
		(t.HashFunction == spec.HashFunction || t.HashFunction == "" || spec.HashFunction == "") &&
		(spec.DisplayName == nil || value(t.DisplayName) == *spec.DisplayName)
}

func tokenFromSDK(device models.HardwareOathTokenAuthenticationMethodDeviceable) HardwareOathToken {
	token := HardwareOathToken{
		ID:               value(device.GetId()),
		SerialNumber:     value(device.GetSerialNumber()),
		Manufacturer:     value(device.GetManufacturer()),
		Model:            value(device.GetModel()),
		DisplayName:      device.GetDisplayName(),
		LastUsedDateTime: device.GetLastUsedDateTime(),
	}
	token.TimeIntervalInSeconds = int64(value(device.GetTimeIntervalInSeconds()))
	if hash := device.GetHashFunction(); hash != nil && *hash != models.UNKNOWNFUTUREVALUE_HARDWAREOATHTOKENHASHFUNCTION {
		token.HashFunction = hash.String()
	}
	if status := device.GetStatus(); status != nil && *status != models.UNKNOWNFUTUREVALUE_HARDWAREOATHTOKENSTATUS {
		token.Status = status.String()
	}
	if holder := device.GetAssignedTo(); holder != nil && value(holder.GetId()) != "" {
		token.AssignedTo = &Identity{ID: value(holder.GetId()), DisplayName: holder.GetDisplayName()}
	}
	return token
}

func (spec NewHardwareOathToken) toSDK() models.HardwareOathTokenAuthenticationMethodDeviceable {
	device := HardwareOathTokenUpdate{
		Manufacturer: &spec.Manufacturer, Model: &spec.Model, TimeIntervalInSeconds: &spec.TimeIntervalInSeconds,
		HashFunction: &spec.HashFunction, DisplayName: spec.DisplayName,
	}.toSDK()
	device.SetSerialNumber(&spec.SerialNumber)
	device.SetSecretKey(&spec.SecretKey)
	return device
}

func (update HardwareOathTokenUpdate) toSDK() models.HardwareOathTokenAuthenticationMethodDeviceable {
	device := models.NewHardwareOathTokenAuthenticationMethodDevice()
	if update.Manufacturer != nil {
		device.SetManufacturer(update.Manufacturer)
	}
	if update.Model != nil {
		device.SetModel(update.Model)
	}
	if update.DisplayName != nil {
		device.SetDisplayName(update.DisplayName)
	}
	if update.TimeIntervalInSeconds != nil {
		seconds := int32(*update.TimeIntervalInSeconds) //nolint:gosec // 30 or 60
		device.SetTimeIntervalInSeconds(&seconds)
	}
	if update.HashFunction != nil {
		hash, ok := map[string]models.HardwareOathTokenHashFunction{
			HashFunctionSHA1:   models.HMACSHA1_HARDWAREOATHTOKENHASHFUNCTION,
			HashFunctionSHA256: models.HMACSHA256_HARDWAREOATHTOKENHASHFUNCTION,
		}[*update.HashFunction]
		if ok {
			device.SetHashFunction(&hash)
		}
	}
	return device
}

// value is the pointed-to value, or the zero value for nil.
func value[T any](pointer *T) (zero T) {
	if pointer == nil {
		return zero
	}
	return *pointer
}
