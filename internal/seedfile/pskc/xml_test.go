package pskc_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile/pskc"
)

func TestRead_notPSKC(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"nothing":          "",
		"white space":      " \n",
		"a BOM":            "\uFEFF",
		"CSV":              "upn,serial number,secret key\n",
		"JSON":             `{"value":[]}`,
		"another root":     "<Tokens><Token/></Tokens>",
		"no namespace":     `<KeyContainer Version="1.0"><KeyPackage/></KeyContainer>`,
		"other namespace":  `<KeyContainer Version="1.0" xmlns="urn:other"><KeyPackage/></KeyContainer>`,
		"only a namespace": `<Other xmlns="urn:ietf:params:xml:ns:keyprov:pskc"><KeyPackage/></Other>`,
	} {
		if _, err := pskc.Read([]byte(content), pskc.Options{}); !errors.Is(err, pskc.ErrNotPSKC) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestRead_drafts has the shapes of the drafts that files follow. Each has a key
// that a lenient reader would miss without an error.
func TestRead_drafts(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"OATH 2006":     `<SecretContainer Version="1.0" xmlns="http://www.openauthentication.org/OATH/2006/08/PSKC"><Device><Secret/></Device></SecretContainer>`,
		"hoyer-00":      `<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:container:1.0"><Device><Key/></Device></KeyContainer>`,
		"hoyer-01":      `<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:container"><Device><Key/></Device></KeyContainer>`,
		"pskc:1.0":      `<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc:1.0"><Device><Key/></Device></KeyContainer>`,
		"ietf-02":       `<KeyContainer Version="1" xmlns="urn:ietf:params:xml:ns:keyprov:pskc"><Device><Key/></Device></KeyContainer>`,
		"only Device":   `<p:KeyContainer Version="1.0" xmlns:p="urn:ietf:params:xml:ns:keyprov:pskc"><p:Device><p:Key/></p:Device></p:KeyContainer>`,
		"Key in a root": `<p:KeyContainer Version="1.0" xmlns:p="urn:ietf:params:xml:ns:keyprov:pskc"><p:Key/></p:KeyContainer>`,
	} {
		if _, err := pskc.Read([]byte(content), pskc.Options{}); !errors.Is(err, pskc.ErrDraft) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestRead_badXML has what XML allows and is dangerous, and what it forbids. All
// of it comes from one good file.
func TestRead_badXML(t *testing.T) {
	t.Parallel()
	good := string(container(keyPackage("00012345", plain("Secret", b64(testSecret)))))
	with := func(old, text string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%s is not in the file", old)
		}
		return strings.Replace(good, old, text, 1)
	}
	for name, test := range map[string]struct{ content, want string }{
		"DOCTYPE":                   {with("<KeyContainer", "<!DOCTYPE KeyContainer><KeyContainer"), "line 2: a DOCTYPE"},
		"external entity":           {with("<KeyContainer", `<!DOCTYPE k [<!ENTITY x SYSTEM "file:///etc/passwd">]><KeyContainer`), "DOCTYPE"},
		"billion laughs":            {with("<KeyContainer", `<!DOCTYPE k [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><KeyContainer`), "DOCTYPE"},
		"DOCTYPE inside":            {with("<Key ", "<!DOCTYPE k><Key "), "DOCTYPE"},
		"DOCTYPE behind":            {good + "<!DOCTYPE k>", "DOCTYPE"},
		"ELEMENT":                   {with("<Key ", "<!ELEMENT k ANY><Key "), "declaration"},
		"undeclared entity":         {with("00012345", "&x;"), "entity"},
		"entity in an attribute":    {with(`Id="C1"`, `Id="&nbsp;"`), "entity"},
		"bare &":                    {with("00012345", "A & B"), "not begin a reference"},
		"reference to NUL":          {with("00012345", "&#0;"), "not a character"},
		"reference to a surrogate":  {with("00012345", "&#xD800;"), "not a character"},
		"reference too large":       {with("00012345", "&#x110000;"), "not a character"},
		"reference too long":        {with("00012345", "&#00000000000065;"), "not begin a reference"},
		"reference with sign":       {with("00012345", "&#+65;"), "not a character"},
		"second root":               {good + good[strings.Index(good, "<KeyContainer"):], "follows the end"},
		"second declaration":        {good + good, "XML declaration"},
		"trailing text":             {good + "x", "follows the end"},
		"trailing CDATA":            {good + "<![CDATA[]]>", "follows the end"},
		"trailing end tag":          {good + "</KeyContainer>", "follows the end"},
		"trailing NUL":              {good + "\x00", "follows the end"},
		"text before":               {with("<?xml", "x<?xml"), "not XML"},
		"text between":              {with("<DeviceInfo>", "x<DeviceInfo>"), "only elements may stand"},
		"CDATA between":             {with("<DeviceInfo>", "<![CDATA[x]]><DeviceInfo>"), "only elements may stand"},
		"element in text":           {with("00012345", "000<b/>12345"), "only text may stand"},
		"other end tag":             {with("</SerialNo>", "</SerialNumber>"), "another end tag"},
		"longer end tag":            {with("</Key>", "</KeyPackage>"), "another end tag"},
		"other prefix at the end":   {with("</Key>", "</ds:Key>"), "another end tag"},
		"undeclared prefix":         {with("<Data>", "<Data><foo:x/>"), "not declared"},
		"undeclared prefix of attr": {with("<Data>", "<Data foo:x='1'>"), "not declared"},
		"prefix out of scope":       {with("<Data>", `<Data><foo:x xmlns:foo="urn:x"/><foo:x/>`), "not declared"},
		"empty prefix binding":      {with("<Data>", `<Data xmlns:foo="">`), "stands for nothing"},
		"attribute twice":           {with(`Id="C1"`, `Id="C1" Id="C2"`), "twice"},
		"attribute without value":   {with(`Id="C1"`, `Id`), "no value"},
		"attribute without quotes":  {with(`Id="C1"`, `Id=C1`), "not quoted"},
		"attributes without space":  {with(`Id="C1" `, `Id="C1"`), "white space is missing"},
		"< in an attribute":         {with(`Id="C1"`, `Id="C<1"`), "has a <"},
		"name with two colons":      {with("<Data>", "<Data><ds:a:b/>"), "malformed"},
		"name that is a number":     {with("<Data>", "<Data><1/>"), "no name"},
		"name outside of ASCII":     {with("<Data>", "<Data><é/>"), "ASCII"},
		"no name":                   {with("<Data>", "<Data>< />"), "no name"},
		"-- in a comment":           {with("<Data>", "<Data><!-- a -- b -->"), "--"},
		"control character":         {with("00012345", "000\x0112345"), "not allowed"},
		"control in a comment":      {with("<Data>", "<Data><!--\x01-->"), "not allowed"},
		"U+FFFE":                    {with("00012345", "000\uFFFE12345"), "not allowed"},
		"]]> in text":               {with("00012345", "000]]>12345"), "]]>"},
		"not UTF-8":                 {with("00012345", "000\xE912345"), "not UTF-8"},
		"UTF-16":                    {"\xFF\xFE<\x00k\x00/\x00>\x00", "UTF-16"},
		"UTF-16 without BOM":        {"<\x00k\x00/\x00>\x00", "UTF-16"},
		"declared UTF-16":           {with(`encoding="UTF-8"`, `encoding="UTF-16"`), "save it as UTF-8"},
		"declared ISO-8859-1":       {strings.Replace(with(`encoding="UTF-8"`, `encoding="ISO-8859-1"`), "Acme", "Acmé", 1), "save it as UTF-8"},
		"XML 1.1":                   {with(`version="1.0"`, `version="1.1"`), "not XML 1.0"},
		"malformed declaration":     {with("?>", ">"), "declaration is malformed"},
		"declaration inside":        {with("<Data>", "<Data><?xml version='1.0'?>"), "XML declaration"},
		"too deep":                  {with("<Data>", "<Data>"+strings.Repeat("<a>", 100)), "nested more than"},
		"too many namespaces":       {with("<Data>", "<Data>"+manyNamespaces(50)), "namespaces are declared"},
		"too many keys":             {with("</Key>", "</Key>"+strings.Repeat("<Key/>", 500_000)), "more than 500000 keys"},
		"too many attributes":       {with("<Data>", "<Data "+manyAttributes(100)+">"), "attributes"},
		"too large":                 {good + strings.Repeat(" ", 50<<20), "larger than 50 MB"},
		"version":                   {with(`Version="1.0"`, `Version="2.0"`), "version \"2.0\""},
		"no KeyPackage":             {string(container("")), "no KeyPackage"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := refusal(t, []byte(test.content), pskc.Options{}, testSecret); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func manyNamespaces(depth int) string {
	return strings.Repeat(`<a xmlns="urn:x" xmlns:a="urn:a">`, depth)
}

func manyAttributes(count int) string {
	var names []string
	for i := range count {
		names = append(names, "a"+strings.Repeat("x", i)+`=""`)
	}
	return strings.Join(names, " ")
}

// TestRead_truncated cuts files at every byte: never fewer keys without an error.
func TestRead_truncated(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"rfc6030/figure5.xml", "generated/psk-aes128.pskc"} {
		content := bytes.TrimSpace(readFile(t, "testdata/"+file))
		for length := range content {
			if got, err := pskc.Read(content[:length], pskc.Options{MetadataOnly: true}); err == nil {
				t.Fatalf("%s: %d of %d bytes give %d keys", file, length, len(content), len(got.Keys))
			}
		}
	}
}

// TestRead_encodings reads declarations that are true of the bytes.
func TestRead_encodings(t *testing.T) {
	t.Parallel()
	good := container(keyPackage("1", plain("Secret", b64(testSecret))))
	for _, encoding := range []string{"UTF-8", "utf8", "US-ASCII", "ISO-8859-1", "windows-1252"} {
		content := bytes.Replace(good, []byte(`encoding="UTF-8"`), []byte("\tencoding = '"+encoding+"'"), 1)
		if got := oneSecret(t, content, pskc.Options{}); !bytes.Equal(got, testSecret) {
			t.Errorf("%s: got %q", encoding, got)
		}
	}
}

// TestRead_hostile has 8 MB each of what could take time or memory out of
// proportion. Fifteen seconds are generous: quadratic work would take minutes.
func TestRead_hostile(t *testing.T) {
	t.Parallel()
	const size = 8 << 20
	fill := func(text string) string { return strings.Repeat(text, size/len(text)) }
	for name, content := range map[string][]byte{
		"references":     container(keyPackage("1", plain("Secret", fill("&#65;")))),
		"CDATA":          container(keyPackage("1", plain("Secret", fill("<![CDATA[A]]>")))),
		"comments":       container(keyPackage("1", plain("Secret", fill("<!---->A")))),
		"brackets":       container(keyPackage("1", plain("Secret", fill("]")))),
		"ampersands":     container(keyPackage("1", plain("Secret", fill("&")))),
		"digits":         container(keyPackage("1", plain("Counter", fill("9")))),
		"keys":           container(fill("<KeyPackage><Key/></KeyPackage>")),
		"values":         container(keyPackage("1", fill("<Secret><EncryptedValue/></Secret>"))),
		"key names":      container("<EncryptionKey>", fill("<KeyName>A</KeyName>"), "</EncryptionKey>", keyPackage("1")),
		"namespaces":     container(manyNamespaces(20), fill("<c/>"), strings.Repeat("</a>", 20), keyPackage("1")),
		"attributes":     container(fill("<a "+manyAttributes(30)+"/>"), keyPackage("1")),
		"unknown policy": container(strings.Replace(keyPackage("1"), "</Data>", "</Data><Policy>"+fill("<a/>")+"</Policy>", 1)),
		"open elements":  []byte(fill("<KeyContainer>")),
		"line ends":      container(keyPackage("1", plain("Secret", fill("\r\n")))),
	} {
		begin := time.Now()
		_, err := pskc.Read(content, pskc.Options{MetadataOnly: true})
		if took := time.Since(begin); took > 15*time.Second {
			t.Errorf("%s took %v: %v", name, took, err)
		}
	}
}
