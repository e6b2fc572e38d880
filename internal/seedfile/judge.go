package seedfile

// judge turns what a file states into a token, or into reasons against it.
// Neither outlives the next call.
func (c *collector) judge(from *candidate) (*Token, []string) {
	c.faults = c.faults[:0]
	c.token = Token{
		SerialNumber: from.serial, DisplayName: from.displayName, UserPrincipalName: from.userPrincipalName,
		Manufacturer: from.manufacturer, Model: from.model, HashFunction: c.options.HashFunction, Row: from.number,
	}
	if from.unreadable != "" {
		c.fault(from.unreadable)
		return &c.token, c.faults
	}
	c.fault(from.serialFault())
	c.faults = append(c.faults, from.faults...)
	if kind := c.kind(from); kind != kindTOTP {
		// What else is unusual about a token of another kind helps nobody.
		c.fault(kindFault(kind))
		return &c.token, c.faults
	}
	c.hash(from)
	seconds, text := from.seconds(c.options.TimeIntervalInSeconds)
	c.token.TimeIntervalInSeconds = seconds
	if from.interval == "" && text != "" {
		c.need("time_interval_in_seconds", text)
	} else {
		c.fault(text)
	}
	c.fault(from.digitsFault())
	c.fault(from.offsetFault())
	c.names()
	c.secret(from)
	return &c.token, c.faults
}

func (c *collector) fault(text string) {
	if text != "" {
		c.faults = append(c.faults, text)
	}
}

func (c *collector) kind(from *candidate) string {
	if from.kind == kindNone && c.options.AssumeTOTP {
		return kindTOTP
	}
	return from.kind
}

// hash has SHA-1 for a default: the only one of Microsoft's CSV, and the default
// of Graph, OATH CSV and PSKC. It is never guessed from the secret's length.
func (c *collector) hash(from *candidate) {
	switch {
	case from.hash != "":
		hash, known := hashFunction(from.hash)
		if !known {
			c.fault(hashFault(from.hash))
		}
		c.token.HashFunction = hash
	case c.token.HashFunction == "" && c.file.demandsHash:
		c.need("hash_function", "the file does not state the hash function: set hash_function to what the vendor says")
	case c.token.HashFunction == "":
		c.token.HashFunction = "hmacsha1"
	}
}

func (c *collector) names() {
	token := &c.token
	if token.Manufacturer == "" {
		token.Manufacturer = c.options.Manufacturer
	}
	if token.Model == "" {
		token.Model = c.options.Model
	}
	if token.Manufacturer == "" {
		c.need("manufacturer", "it has no manufacturer, which Microsoft Entra demands: set manufacturer")
	}
	if token.Model == "" {
		c.need("model", "it has no model, which Microsoft Entra demands: set model")
	}
	if !printable(token.Manufacturer) || !printable(token.Model) || !printable(token.DisplayName) || !printable(token.UserPrincipalName) {
		c.fault("its texts hold characters that cannot be printed")
	}
}

// secret checks the secret even when only the rest is wanted: with and without
// it a file gives the same tokens.
func (c *collector) secret(from *candidate) {
	var secret string
	var err error
	switch {
	case from.raw != nil:
		secret, err = bytesSecret(from.raw)
	case from.secret != "" && c.encoding != "":
		secret, err = c.encoding.canonical(from.secret)
	case c.options.MetadataOnly, from.broken:
		return
	default:
		c.fault("it has no secret key")
		return
	}
	if err != nil {
		c.fault("its secret key cannot be used: " + err.Error())
		return
	}
	if !c.options.MetadataOnly {
		c.token.SecretKey = secret
	}
	from.size = len(secret) * 5 / 8
}
