package provider

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

// What a configured secret means for a token that exists, by what its state and
// its history say. The plans themselves are tested through the CLI.
func TestPlanSecret(t *testing.T) {
	t.Parallel()
	const (
		seed  = "6PJ4UKIW33NNXYZAEHQNFUFTZF7WFTFB"
		other = "TXYZAE6PJ4UZF3NNKIW3HQNFUF7WFTFB"
	)
	model := func(secretKey, secretKeyWO types.String, version types.Int64) hardwareOathTokenResourceModel {
		return hardwareOathTokenResourceModel{SecretKey: secretKey, SecretKeyWO: secretKeyWO, SecretKeyWOVersion: version}
	}
	null, version := types.StringNull(), types.Int64Value
	for name, test := range map[string]struct {
		config, state hardwareOathTokenResourceModel
		importedAgo   time.Duration // 0: was made here
		replace       bool
		warn          bool
		version       types.Int64
	}{
		"nothing changes":                     {config: model(null, types.StringValue(seed), version(1)), state: model(null, null, version(1)), version: version(1)},
		"version raised":                      {config: model(null, types.StringValue(seed), version(2)), state: model(null, null, version(1)), replace: true, version: version(2)},
		"version unknown":                     {config: model(null, types.StringValue(seed), types.Int64Unknown()), state: model(null, null, version(1)), replace: true, version: types.Int64Unknown()},
		"version removed":                     {config: model(null, null, types.Int64Null()), state: model(null, null, version(1)), version: version(1)},
		"imported just now, other version":    {config: model(null, types.StringValue(seed), version(3)), state: model(null, null, version(1)), importedAgo: time.Minute, warn: true, version: version(3)},
		"imported long ago, version raised":   {config: model(null, types.StringValue(seed), version(2)), state: model(null, null, version(1)), importedAgo: 48 * time.Hour, replace: true, version: version(2)},
		"version for the first time":          {config: model(null, types.StringValue(seed), version(1)), state: model(null, null, types.Int64Null()), warn: true, version: version(1)},
		"same secret, other spelling":         {config: model(types.StringValue("6pj4 ukiw33nnxyzaehqnfuftzf7wftfb="), null, types.Int64Null()), state: model(types.StringValue(seed), null, types.Int64Null())},
		"other secret":                        {config: model(types.StringValue(other), null, types.Int64Null()), state: model(types.StringValue(seed), null, types.Int64Null()), replace: true},
		"secret unknown":                      {config: model(types.StringUnknown(), null, types.Int64Null()), state: model(types.StringValue(seed), null, types.Int64Null()), replace: true},
		"secret for the first time":           {config: model(types.StringValue(seed), null, types.Int64Null()), state: model(null, null, version(1)), warn: true, version: version(1)},
		"moved out of the state":              {config: model(null, types.StringValue(seed), version(1)), state: model(types.StringValue(seed), null, types.Int64Null()), version: version(1)},
		"other one moved out":                 {config: model(null, types.StringValue(other), version(1)), state: model(types.StringValue(seed), null, types.Int64Null()), replace: true, version: version(1)},
		"other one moved out, no version":     {config: model(null, types.StringValue(other), types.Int64Null()), state: model(types.StringValue(seed), null, version(1)), replace: true, version: version(1)},
		"moved out, known only later":         {config: model(null, types.StringUnknown(), version(1)), state: model(types.StringValue(seed), null, types.Int64Null()), version: version(1)},
		"removed from the state without wish": {config: model(null, null, types.Int64Null()), state: model(types.StringValue(seed), null, types.Int64Null())},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var private privateState
			if test.importedAgo > 0 {
				private.ImportedAt = time.Now().Add(-test.importedAgo)
			}
			plan := test.config
			plan.SecretKeyWO = null
			got := planSecret(test.config, plan, &test.state, private)
			if replace := len(got.replace) > 0; replace != test.replace {
				t.Errorf("replace: got %t (%s), want %t", replace, got.replace, test.replace)
			}
			if warn := len(got.diagnostics) > 0; warn != test.warn || got.diagnostics.HasError() {
				t.Errorf("warning: got %v, want %t", got.diagnostics, test.warn)
			}
			if want := test.version; want != (types.Int64{}) && !got.version.Equal(want) {
				t.Errorf("version: got %s, want %s", got.version, want)
			}
			if name == "same secret, other spelling" && !got.secretKey.Equal(test.state.SecretKey) {
				t.Error("the spelling in the state was not kept")
			}
		})
	}
}

// A token that is replaced for another reason takes whatever is configured.
func TestPlanSecret_noWarningWhenReplacing(t *testing.T) {
	t.Parallel()
	config := hardwareOathTokenResourceModel{SecretKey: types.StringValue("6PJ4UKIW33NNXYZAEHQNFUFTZF7WFTFB")}
	plan, state := config, hardwareOathTokenResourceModel{}
	plan.SerialNumber, state.SerialNumber = types.StringValue("2"), types.StringValue("1")
	if got := planSecret(config, plan, &state, privateState{}); len(got.diagnostics) != 0 {
		t.Errorf("got %v", got.diagnostics)
	}
}
