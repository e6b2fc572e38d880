package credential

import (
	"encoding/base64"
	"os"
	"strings"
)

// readFiles fills in the settings that may stand in a file. Two forms of one
// setting that differ are an error: which one is meant can't be known. A token
// file is checked here and read again when a token is asked for.
func (s Settings) readFiles() (Settings, error) {
	var err error
	if s.ClientID, err = inlineOrFile(s.ClientID, SettingClientID, s.ClientIDFilePath, SettingClientIDFilePath); err != nil {
		return s, err
	}
	if s.ClientSecret, err = inlineOrFile(s.ClientSecret, SettingClientSecret, s.ClientSecretFilePath, SettingClientSecretFilePath); err != nil {
		return s, err
	}
	if s.UseOIDC || s.UseAKSWorkloadIdentity {
		if _, err = inlineOrFile(s.OIDCToken, SettingOIDCToken, s.OIDCTokenFilePath, SettingOIDCTokenFilePath); err != nil {
			return s, err
		}
	}
	if isPEM([]byte(s.ClientCertificate)) { // as file() reads it
		s.ClientCertificate = base64.StdEncoding.EncodeToString([]byte(s.ClientCertificate))
	}
	if s.ClientCertificatePath == "" {
		return s, nil
	}
	file, err := readFile(s.ClientCertificatePath, SettingClientCertificatePath)
	if err != nil {
		return s, err
	}
	if len(file) == 0 {
		return s, wrong(SettingClientCertificatePath, "The file %q is empty.", s.ClientCertificatePath)
	}
	encoded := base64.StdEncoding.EncodeToString(file)
	if s.ClientCertificate != "" && stripSpace(s.ClientCertificate) != encoded {
		return s, differ(SettingClientCertificate, SettingClientCertificatePath)
	}
	s.ClientCertificate = encoded
	return s, nil
}

func inlineOrFile(inline, inlineSetting, path, pathSetting string) (string, error) {
	if path == "" {
		return inline, nil
	}
	content, err := readFile(path, pathSetting)
	if err != nil {
		return "", err
	}
	text := strings.TrimSpace(string(content))
	switch {
	case text == "":
		return "", wrong(pathSetting, "The file %q is empty.", path)
	case inline != "" && inline != text:
		return "", differ(inlineSetting, pathSetting)
	}
	return text, nil
}

func readFile(path, setting string) ([]byte, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, wrong(setting, "The file can't be read: %v.", err)
	}
	return content, nil
}

// differ is reported at the path's setting, whose value is no secret.
func differ(inlineSetting, pathSetting string) error {
	return wrong(pathSetting, "%s (or its environment variable) and the file that %s names differ. Keep one of the two.", inlineSetting, pathSetting)
}

func stripSpace(text string) string { return strings.Join(strings.Fields(text), "") }
