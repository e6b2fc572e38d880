package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/tools/cli"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/tools/sandbox"
)

type demo struct {
	*screen
	cli    cli.CLI
	box    *sandbox.Sandbox
	graph  *sandbox.Emulator
	tenant *tenant
}

func (d *demo) run(ctx context.Context) error {
	steps := []struct {
		title string
		do    func(context.Context) error
	}{
		{"A delivery: the vendor's file, and the configuration beside it", d.showDelivery},
		{"Init", d.init},
		{"Apply: every token of the file goes into the tenant", d.upload},
		{"Import: a token that somebody uploaded by hand", d.adopt},
		{"Look up a token by the serial number on its back", d.lookUp},
		{"Plan again: there is nothing to do", d.planAgain},
		{"No seed is in the state", d.searchState},
		{"Destroy: what Terraform holds goes, what it does not hold stays", d.destroy},
	}

	d.say("A token's whole life in Terraform: %s, the provider, and an emulator in Microsoft Graph's place, all on this machine.", d.cli)
	d.say("The emulated tenant holds %d tokens already.", len(d.tenant.state.Devices))
	for i, step := range steps {
		d.heading(i+1, step.title)
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("step %d (%s): %w", i+1, step.title, err)
		}
	}
	return nil
}

func (d *demo) showDelivery(context.Context) error {
	file, err := d.add(vendorFile)
	if err != nil {
		return err
	}
	main, err := d.add("main.tf")
	if err != nil {
		return err
	}

	// One token tells what all look like.
	first, _, _ := strings.Cut(file, "    },\n")
	d.command("cat " + vendorFile + "    # the seeds are hidden here; the file has them")
	d.block(maskSecrets(first) + fmt.Sprintf("    },\n    … and %d more: %s\n  ]\n}", len(d.tenant.delivery)-1, strings.Join(serials(d.tenant.delivery[1:]), ", ")))
	d.command("cat main.tf")
	d.block(main)
	return nil
}

// add puts one of the demo's files into the folder.
func (d *demo) add(name string) (string, error) {
	content, err := config.ReadFile("config/" + name)
	if err != nil {
		return "", err
	}
	return string(content), d.box.Write(name, content)
}

// tell runs the CLI, which must succeed, and shows what short leaves of its answer.
func (d *demo) tell(ctx context.Context, short func(string) string, args ...string) (sandbox.Result, error) {
	d.command(string(d.cli.Kind) + " " + strings.Join(args, " "))
	if !d.color {
		args = append(args, "-no-color")
	}
	result, err := d.box.MustRun(ctx, args...)
	if err != nil {
		return sandbox.Result{}, err
	}
	d.block(short(result.Output))
	return result, nil
}

func bodies(n int) func(string) string {
	return func(output string) string { return shortWalk(output, n) }
}

func (d *demo) init(ctx context.Context) error {
	_, err := d.tell(ctx, shortInit, "init")
	return err
}

func (d *demo) upload(ctx context.Context) error {
	if _, err := d.tell(ctx, bodies(1), "apply", "-auto-approve"); err != nil {
		return err
	}

	devices, err := d.expect(ctx, append(serials(d.tenant.state.Devices), serials(d.tenant.delivery)...))
	if err != nil {
		return err
	}
	for _, want := range d.tenant.delivery {
		got, _ := bySerial(devices, want.SerialNumber)
		if got.Manufacturer != want.Manufacturer || got.Model != want.Model ||
			got.TimeIntervalInSeconds != want.TimeIntervalInSeconds || !strings.EqualFold(got.HashFunction, want.HashFunction) {
			return fmt.Errorf("token %s is %s %s, %d s, %s in the tenant, and not what the file says", want.SerialNumber,
				got.Manufacturer, got.Model, got.TimeIntervalInSeconds, got.HashFunction)
		}
	}
	d.say("Graph now lists %d tokens: the %d that were there and the %d of the file.", len(devices), len(d.tenant.state.Devices), len(d.tenant.delivery))
	return nil
}

func (d *demo) adopt(ctx context.Context) error {
	file, err := d.add("import.tf")
	if err != nil {
		return err
	}
	d.command("cat import.tf")
	d.block(file)

	result, err := d.tell(ctx, bodies(1), "apply", "-auto-approve")
	if err != nil {
		return err
	}
	if !strings.Contains(ansi.ReplaceAllString(result.Output, ""), "1 imported, 0 added, 0 changed, 0 destroyed") {
		return fmt.Errorf("the token was not just imported:\n%s", result.Output)
	}

	devices, err := d.expect(ctx, append(serials(d.tenant.state.Devices), serials(d.tenant.delivery)...))
	if err != nil {
		return err
	}
	before, _ := bySerial(d.tenant.state.Devices, importedSerial)
	now, _ := bySerial(devices, importedSerial)
	if now.ID != before.ID {
		return fmt.Errorf("token %s was made anew: its id was %s and is %s", importedSerial, before.ID, now.ID)
	}
	d.say("It is the same token as before (id %s), now in Terraform's hands.", now.ID)
	return nil
}

func (d *demo) lookUp(ctx context.Context) error {
	file, err := d.add("lookup.tf")
	if err != nil {
		return err
	}
	d.command("cat lookup.tf")
	d.block(file)

	if _, err := d.tell(ctx, bodies(0), "apply", "-auto-approve"); err != nil {
		return err
	}

	answer, err := d.box.MustRun(ctx, "output", "-json", "token_"+lookedUpSerial)
	if err != nil {
		return err
	}
	var found struct{ ID string }
	if err := json.Unmarshal([]byte(answer.Stdout), &found); err != nil {
		return err
	}
	devices, err := d.graph.Devices(ctx)
	if err != nil {
		return err
	}
	if device, _ := bySerial(devices, lookedUpSerial); found.ID == "" || found.ID != device.ID {
		return fmt.Errorf("the look-up of %s says id %q, Graph says %q", lookedUpSerial, found.ID, device.ID)
	}
	return nil
}

func (d *demo) planAgain(ctx context.Context) error {
	// With -detailed-exitcode a plan that would change anything ends with exit code 2, which is a failure here.
	result, err := d.tell(ctx, bodies(9), "plan", "-detailed-exitcode")
	if err != nil {
		return err
	}
	if !strings.Contains(result.Output, "No changes.") {
		return fmt.Errorf("the plan does not say that there are no changes:\n%s", result.Output)
	}
	return nil
}

func (d *demo) searchState(ctx context.Context) error {
	d.command(string(d.cli.Kind) + " state pull")
	state, err := d.box.MustRun(ctx, "state", "pull")
	if err != nil {
		return err
	}
	texts := map[string]string{"the state": state.Stdout}
	if err := d.readLeftovers(texts); err != nil {
		return err
	}

	// That the serial numbers are found shows that the search finds what is there.
	for _, token := range d.tenant.delivery {
		if !strings.Contains(state.Stdout, token.SerialNumber) {
			return fmt.Errorf("the state does not even have serial number %s", token.SerialNumber)
		}
	}
	for where, text := range texts {
		upper := strings.ToUpper(text)
		for _, token := range d.tenant.delivery {
			if strings.Contains(upper, strings.ToUpper(token.SecretKey)) {
				return fmt.Errorf("the seed of token %s is in %s", token.SerialNumber, where)
			}
		}
	}
	d.block(fmt.Sprintf("%d bytes. All %d serial numbers of the delivery are in it.\n%d seeds searched for, in the state and in the %d other files that %s has written here: none found.",
		len(state.Stdout), len(d.tenant.delivery), len(d.tenant.delivery), len(texts)-1, d.cli.Kind.Name()))
	return nil
}

// readLeftovers reads every file that the CLI has written into the folder: not ours, and not the programs.
func (d *demo) readLeftovers(into map[string]string) error {
	return filepath.WalkDir(d.box.Dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if name == "terraform.d" || name == "providers" || strings.HasPrefix(name, ".emulator-") {
				return fs.SkipDir
			}
			return nil
		}
		if _, err := config.Open("config/" + name); err == nil || !entry.Type().IsRegular() || name == "cli.tfrc" {
			return nil
		}
		content, err := os.ReadFile(path)
		into[name] = string(content)
		return err
	})
}

func (d *demo) destroy(ctx context.Context) error {
	if _, err := d.tell(ctx, bodies(0), "destroy", "-auto-approve"); err != nil {
		return err
	}

	left := slices.DeleteFunc(serials(d.tenant.state.Devices), func(serial string) bool { return serial == importedSerial })
	if _, err := d.expect(ctx, left); err != nil {
		return err
	}
	d.say("Graph still lists %s: tokens that were never in Terraform's hands.", strings.Join(left, " and "))
	d.say("The imported %s is gone with the others: what is imported is destroyed like what was made.", importedSerial)
	return nil
}

// expect asks Graph, past Terraform, whether it lists exactly these tokens.
func (d *demo) expect(ctx context.Context, want []string) ([]sandbox.Device, error) {
	devices, err := d.graph.Devices(ctx)
	if err != nil {
		return nil, err
	}
	slices.Sort(want)
	if got := serials(devices); !slices.Equal(got, want) {
		return nil, fmt.Errorf("Graph lists the tokens %v, and %v was expected", got, want) //nolint:staticcheck // Graph is a name
	}
	return devices, nil
}
