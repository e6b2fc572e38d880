package graphtest

import "strings"

const (
	deviceType = "#microsoft.graph.hardwareOathTokenAuthenticationMethodDevice"
	methodType = "#microsoft.graph.hardwareOathAuthenticationMethod"
	userType   = "#microsoft.graph.user"
)

// maxSecretLength is E-csv's "Secret keys are limited to 128 characters".
const maxSecretLength = 128

// serverProperties are those the tenant alone sets (D-post, D-upd).
func serverProperties() []string {
	return []string{"id", "status", "assignedTo", "lastUsedDateTime"}
}

func deviceProperties() []string {
	return append(serverProperties(), "displayName", "serialNumber", "manufacturer", "model", "secretKey",
		"timeIntervalInSeconds", "hashFunction", "assignTo")
}

// property is where a string of a body goes.
type property struct {
	name string
	into *string
}

// newDevice reads the body of a create; assignTo is still unchecked in AssignedTo.
func (s *Server) newDevice(o object, bulk bool) (Device, *graphError) {
	known := deviceProperties()
	if bulk {
		known = append(known, "@contentId", "@odata.contentId")
	}
	var d Device
	if err := o.only(deviceType, known...); err != nil {
		return d, err
	}
	if err := o.none(serverProperties()...); err != nil {
		return d, err
	}
	for _, p := range []property{
		{"serialNumber", &d.SerialNumber}, {"manufacturer", &d.Manufacturer}, {"model", &d.Model}, {"secretKey", &d.SecretKey},
	} {
		v, err := o.required(p.name)
		if err != nil {
			return d, err
		}
		*p.into = v
	}
	if err := checkSecret(d.SecretKey, s.has(QuirkPaddingAccepted)); err != nil {
		return d, err
	}
	if err := d.readOptional(o, bulk); err != nil {
		return d, err
	}
	if d.TimeIntervalInSeconds == 0 {
		return d, badRequest("The property '%s' is required and must not be null.", "timeIntervalInSeconds")
	}
	if d.HashFunction == "" {
		d.HashFunction = hashSHA1
	}
	assignTo, err := readAssignTo(o)
	d.AssignedTo = assignTo
	return d, err
}

// readOptional reads the properties that PATCH can change too, as far as they are there.
func (d *Device) readOptional(o object, bulk bool) *graphError {
	for _, p := range []property{{"manufacturer", &d.Manufacturer}, {"model", &d.Model}} {
		if !o.has(p.name) {
			continue
		}
		v, err := o.required(p.name)
		if err != nil {
			return err
		}
		*p.into = v
	}
	if o.has("displayName") {
		v, err := o.text("displayName")
		if err != nil {
			return err
		}
		d.DisplayName = ""
		if v != nil {
			d.DisplayName = *v
		}
	}
	if o.has("timeIntervalInSeconds") {
		n, err := o.integer("timeIntervalInSeconds", bulk)
		if err != nil {
			return err
		}
		if n != 30 && n != 60 {
			return badRequest("The property 'timeIntervalInSeconds' must be 30 or 60, got %d.", n)
		}
		d.TimeIntervalInSeconds = n
	}
	return d.readHash(o)
}

// readHash takes any casing, as public scripts send hmacSha256 and HMACSHA1.
func (d *Device) readHash(o object) *graphError {
	v, err := o.text("hashFunction")
	if err != nil || v == nil {
		return err
	}
	switch hash := strings.ToLower(*v); hash {
	case hashSHA1, hashSHA256:
		d.HashFunction = hash
		return nil
	default:
		return badRequest("The value '%s' is not a valid 'microsoft.graph.hardwareOathTokenHashFunction'.", *v)
	}
}

func readAssignTo(o object) (string, *graphError) {
	user, err := o.child("assignTo")
	if err != nil || user == nil {
		return "", err
	}
	if err := user.only(userType, "id"); err != nil {
		return "", err
	}
	return user.required("id")
}

// checkSecret never repeats the secret, only the character that Graph names too (U: Q&A 902411).
func checkSecret(secret string, padding bool) *graphError {
	if len(secret) > maxSecretLength {
		return badRequest("The secret key is longer than %d characters.", maxSecretLength)
	}
	if padding {
		secret = strings.TrimRight(secret, "=")
	}
	for _, r := range secret {
		if !strings.ContainsRune(base32Alphabet, r) && !strings.ContainsRune(strings.ToLower(base32Alphabet), r) {
			return badRequest("Invalid base32 encoding due to illegal character %c", r)
		}
	}
	return nil
}
