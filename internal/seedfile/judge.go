package seedfile

// judge turns what a file states into a token, or into the reasons against it.
func (c *collector) judge(from *candidate) (Token, []string) {
	var faults []string
	fault := func(text string) {
		if text != "" {
			faults = append(faults, text)
		}
	}
	token := Token{
		SerialNumber: from.serial, DisplayName: from.displayName, UserPrincipalName: from.userPrincipalName,
		Manufacturer: from.manufacturer, Model: from.model, HashFunction: c.options.HashFunction, Row: from.number,
	}
	fault(from.serialFault())
	faults = append(faults, from.faults...)
	if kind := c.kind(from); kind != kindTOTP {
		// What else is unusual about a token of another kind helps nobody.
		return token, append(faults, kindFault(kind))
	}
	if from.hash != "" {
		hash, known := hashFunction(from.hash)
		if !known {
			fault(hashFault(from.hash))
		}
		token.HashFunction = hash
	} else if token.HashFunction == "" {
		token.HashFunction = c.defaultHash(fault)
	}
	seconds, text := from.seconds(c.options.TimeIntervalInSeconds)
	token.TimeIntervalInSeconds = seconds
	fault(text)
	fault(from.digitsFault())
	fault(from.offsetFault())
	c.names(&token, fault)
	c.secret(&token, from, fault)
	return token, faults
}

func (c *collector) kind(from *candidate) string {
	if from.kind == kindNone && c.options.AssumeTOTP {
		return kindTOTP
	}
	return from.kind
}

// defaultHash is SHA-1: the only one of Microsoft's CSV, and the default of
// Graph, OATH CSV and PSKC. It is never guessed from the secret's length.
func (c *collector) defaultHash(fault func(string)) string {
	if c.file.demandsHash {
		fault("the file does not state the hash function: set hash_function to what the vendor says")
	}
	return "hmacsha1"
}

func (c *collector) names(token *Token, fault func(string)) {
	if token.Manufacturer == "" {
		token.Manufacturer = c.options.Manufacturer
	}
	if token.Model == "" {
		token.Model = c.options.Model
	}
	if token.Manufacturer == "" {
		fault("it has no manufacturer, which Microsoft Entra demands: set manufacturer")
	}
	if token.Model == "" {
		fault("it has no model, which Microsoft Entra demands: set model")
	}
	for _, text := range []string{token.Manufacturer, token.Model, token.DisplayName, token.UserPrincipalName} {
		if !printable(text) {
			fault("its texts hold characters that cannot be printed")
			return
		}
	}
}

// secret checks the secret even when only the rest is wanted: with and without
// it a file gives the same tokens.
func (c *collector) secret(token *Token, from *candidate, fault func(string)) {
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
		fault("it has no secret key")
		return
	}
	if err != nil {
		fault("its secret key cannot be used: " + err.Error())
		return
	}
	if !c.options.MetadataOnly {
		token.SecretKey = secret
	}
	from.size = len(secret) * 5 / 8
}
