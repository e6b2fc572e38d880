package provider_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

// tokenSteps is a token's whole life; the live test runs the same.
func tokenSteps(serialNumber string) []resource.TestStep {
	return []resource.TestStep{
		{
			Config: tokenConfig(serialNumber, withSeed(1)),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(tokenAddr, tfjsonpath.New("id"), knownvalue.StringRegexp(regexp.MustCompile(`^[0-9a-f-]{36}$`))),
				statecheck.ExpectKnownValue(tokenAddr, tfjsonpath.New("status"), knownvalue.StringExact("available")),
				statecheck.ExpectKnownValue(tokenAddr, tfjsonpath.New("hash_function"), knownvalue.StringExact("hmacsha1")),
				statecheck.ExpectKnownValue(tokenAddr, tfjsonpath.New("display_name"), knownvalue.Null()),
				statecheck.ExpectKnownValue(tokenAddr, tfjsonpath.New("assigned_to"), knownvalue.Null()),
				statecheck.ExpectKnownValue(tokenAddr, tfjsonpath.New("last_used_date_time"), knownvalue.Null()),
				statecheck.ExpectKnownValue(tokenAddr, tfjsonpath.New("unassign_on_destroy"), knownvalue.Bool(false)),
				statecheck.ExpectKnownValue(tokenAddr, tfjsonpath.New("secret_key"), knownvalue.Null()),
				statecheck.ExpectKnownValue(tokenAddr, tfjsonpath.New("secret_key_wo"), knownvalue.Null()),
			},
		},
		{ResourceName: tokenAddr, ImportState: true, ImportStateVerify: true},
		{ResourceName: tokenAddr, ImportState: true, ImportStateVerify: true, ImportStateId: serialNumber},
		{ResourceName: tokenAddr, ImportState: true, ImportStateKind: resource.ImportBlockWithID},
		{ResourceName: tokenAddr, ImportState: true, ImportStateKind: resource.ImportBlockWithID, ImportStateId: serialNumber},
		{
			Config: tokenConfig(serialNumber, withSeed(1)+`
				display_name  = "Front desk"
				hash_function = "hmacsha256"`),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(tokenAddr, plancheck.ResourceActionUpdate),
			}},
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(tokenAddr, tfjsonpath.New("display_name"), knownvalue.StringExact("Front desk")),
				statecheck.ExpectKnownValue(tokenAddr, tfjsonpath.New("hash_function"), knownvalue.StringExact("hmacsha256")),
			},
		},
		{
			// display_name is computed too: left out, it stays.
			Config: tokenConfig(serialNumber, withSeed(1)+`hash_function = "hmacsha256"`),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectEmptyPlan(),
			}},
		},
		{ResourceName: tokenAddr, ImportState: true, ImportStateVerify: true},
	}
}

func TestHardwareOathToken_lifecycle(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv),
		Steps:                    tokenSteps("70029370"),
		CheckDestroy:             destroyed(srv),
	})
}

func TestHardwareOathToken_requests(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv),
		Steps: []resource.TestStep{
			{
				Config: tokenConfig("1", withSeed(1)),
				ConfigStateChecks: []statecheck.StateCheck{
					expectRequests(srv, "POST", devicesPath, 1),
					expectRequests(srv, "", "", 1),
				},
			},
			{
				PreConfig: srv.ResetRequests,
				Config:    tokenConfig("1", withSeed(1)+`display_name = "Desk"`),
				ConfigStateChecks: []statecheck.StateCheck{
					expectRequests(srv, "GET", devicePath, 1), // the refresh of the plan
					expectRequests(srv, "PATCH", devicePath, 1),
					expectProperties(srv, "PATCH", devicePath, "[@odata.type displayName]"),
					expectRequests(srv, "", "", 2),
				},
			},
			{
				// What Graph does not know costs nothing but the refresh.
				PreConfig:         srv.ResetRequests,
				Config:            tokenConfig("1", withSeed(1)+"display_name = \"Desk\"\nunassign_on_destroy = true\ntimeouts = { create = \"1h\" }"),
				ConfigStateChecks: []statecheck.StateCheck{expectRequests(srv, "", "", 1)},
			},
			{
				PreConfig: srv.ResetRequests,
				Config:    tokenConfig("1", withSeed(1)+`display_name = "Desk"`),
				Destroy:   true,
			},
		},
		CheckDestroy: destroyed(srv),
	})
	// The destroy plan's refresh, then one read and one delete.
	if gets, deletes := len(srv.Requests("GET", "")), len(srv.Requests("DELETE", "")); gets != 2 || deletes != 1 {
		t.Errorf("destroy cost %d GETs and %d DELETEs, want 2 (one is the refresh) and 1", gets, deletes)
	}
}

func TestHardwareOathToken_importByIdentity(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	resource.UnitTest(t, resource.TestCase{
		TerraformVersionChecks:   needsIdentity(),
		ProtoV6ProviderFactories: newProvider(t, srv),
		Steps: []resource.TestStep{
			{
				Config: tokenConfig("1", withSeed(1)),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectIdentityValueMatchesState(tokenAddr, tfjsonpath.New("id")),
					statecheck.ExpectIdentityValueMatchesState(tokenAddr, tfjsonpath.New("serial_number")),
				},
			},
			{ResourceName: tokenAddr, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
		},
	})
}

func TestHardwareOathToken_importBlocks(t *testing.T) {
	t.Parallel()
	for name, identify := range map[string]func(graphtest.Device) string{
		"id":            func(d graphtest.Device) string { return fmt.Sprintf("id = %q", d.ID) },
		"serial number": func(d graphtest.Device) string { return fmt.Sprintf("id = %q", d.SerialNumber) },
		"identity's id": func(d graphtest.Device) string { return fmt.Sprintf("identity = { id = %q }", d.ID) },
		"identity's serial": func(d graphtest.Device) string {
			return fmt.Sprintf("identity = { serial_number = %q }", d.SerialNumber)
		},
		"identity's both": func(d graphtest.Device) string {
			return fmt.Sprintf("identity = { id = %q, serial_number = %q }", d.ID, d.SerialNumber)
		},
	} {
		for secret, arguments := range map[string]string{
			"no secret": "", "write-only secret": withSeed(1), "write-only secret without version": fmt.Sprintf("secret_key_wo = %q", seed),
		} {
			t.Run(name+", "+secret, func(t *testing.T) {
				t.Parallel()
				srv := graphtest.NewServer(t)
				device := srv.PutDevice(deviceOf("GALT11420104"))
				testCase := resource.TestCase{
					ProtoV6ProviderFactories: newProvider(t, srv),
					Steps: []resource.TestStep{{
						Config: tokenConfig(device.SerialNumber, arguments) + fmt.Sprintf("import {\n  to = %s\n  %s\n}\n", tokenAddr, identify(device)),
						ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
							plancheck.ExpectResourceAction(tokenAddr, plancheck.ResourceActionNoop),
						}},
						ConfigStateChecks: []statecheck.StateCheck{
							statecheck.ExpectKnownValue(tokenAddr, tfjsonpath.New("id"), knownvalue.StringExact(device.ID)),
							expectRequests(srv, "", "", 1),
						},
					}},
					CheckDestroy: destroyed(srv),
				}
				if name[0:2] == "id" && name != "id" {
					testCase.TerraformVersionChecks = needsIdentity()
				}
				resource.UnitTest(t, testCase)
			})
		}
	}
}

func TestHardwareOathToken_vanishes(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv),
		Steps: []resource.TestStep{
			{Config: tokenConfig("1", withSeed(1))},
			{
				PreConfig: func() { srv.RemoveDevice(srv.Devices()[0].ID) },
				Config:    tokenConfig("1", withSeed(1)),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(tokenAddr, plancheck.ResourceActionCreate),
				}},
			},
			{
				PreConfig: func() { srv.RemoveDevice(srv.Devices()[0].ID) },
				Config:    tokenConfig("1", withSeed(1)),
				Destroy:   true,
			},
		},
		CheckDestroy: destroyed(srv),
	})
}

func TestHardwareOathToken_replacement(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]string{
		"serial number":              tokenConfig("2", withSeed(1)),
		"version":                    tokenConfig("1", withSeed(2)),
		"version with update":        tokenConfig("1", withSeed(2)+`display_name = "x"`),
		"secret moved into the open": tokenConfig("2", fmt.Sprintf("secret_key = %q", otherSeed)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			resource.UnitTest(t, resource.TestCase{
				ProtoV6ProviderFactories: newProvider(t, srv),
				Steps: []resource.TestStep{
					{Config: tokenConfig("1", withSeed(1))},
					{
						Config: config,
						ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
							plancheck.ExpectResourceAction(tokenAddr, plancheck.ResourceActionReplace),
						}},
						ConfigStateChecks: []statecheck.StateCheck{expectRequests(srv, "POST", devicesPath, 2)},
					},
				},
				CheckDestroy: destroyed(srv),
			})
		})
	}
}

func TestHardwareOathToken_secretInState(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	action := func(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
		return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(tokenAddr, action)}}
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv),
		Steps: []resource.TestStep{
			{
				Config: tokenConfig("1", fmt.Sprintf("secret_key = %q", seed)),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectSensitiveValue(tokenAddr, tfjsonpath.New("secret_key")),
					statecheck.ExpectKnownValue(tokenAddr, tfjsonpath.New("secret_key_wo_version"), knownvalue.Null()),
				},
			},
			{
				// The same secret in another spelling.
				Config:           tokenConfig("1", `secret_key = "6pj4 ukiw 33nn xyza ehqn fuft zf7w ftfb="`),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
			},
			{
				// Moving the same secret out of the state is no new token.
				Config:           tokenConfig("1", withSeed(1)),
				ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(tokenAddr, tfjsonpath.New("secret_key"), knownvalue.Null()),
					expectRequests(srv, "POST", devicesPath, 1),
					expectRequests(srv, "PATCH", devicePath, 0),
				},
			},
			{
				Config:           tokenConfig("1", fmt.Sprintf("secret_key = %q", seed)),
				ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
			},
			{
				Config:           tokenConfig("1", fmt.Sprintf("secret_key = %q", otherSeed)),
				ConfigPlanChecks: action(plancheck.ResourceActionReplace),
			},
		},
		CheckDestroy: destroyed(srv),
	})
	if got := srv.Requests("POST", devicesPath); len(got) != 2 {
		t.Errorf("%d creations, want 2", len(got))
	}
}

// A secret moved from the state to the write-only argument that is not the same
// secret must not be passed over.
func TestHardwareOathToken_otherSecretMovedOutOfState(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv),
		Steps: []resource.TestStep{
			{Config: tokenConfig("1", fmt.Sprintf("secret_key = %q", otherSeed))},
			{
				Config: tokenConfig("1", fmt.Sprintf("secret_key_wo = %q", seed)),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(tokenAddr, plancheck.ResourceActionReplace),
				}},
			},
		},
	})
}

func TestHardwareOathToken_adoptionAfterImport(t *testing.T) {
	t.Parallel()
	for name, arguments := range map[string]string{
		"secret in state": fmt.Sprintf("secret_key = %q", seed),
		"higher version":  withSeed(7),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			device := srv.PutDevice(deviceOf("1"))
			resource.UnitTest(t, resource.TestCase{
				ProtoV6ProviderFactories: newProvider(t, srv),
				Steps: []resource.TestStep{
					{
						Config:             tokenConfig("1", ""),
						ResourceName:       tokenAddr,
						ImportState:        true,
						ImportStateId:      device.ID,
						ImportStatePersist: true,
					},
					{
						Config: tokenConfig("1", arguments),
						ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
							plancheck.ExpectResourceAction(tokenAddr, plancheck.ResourceActionUpdate),
						}},
						ConfigStateChecks: []statecheck.StateCheck{
							statecheck.ExpectKnownValue(tokenAddr, tfjsonpath.New("id"), knownvalue.StringExact(device.ID)),
							expectRequests(srv, "POST", "", 0), expectRequests(srv, "PATCH", "", 0), expectRequests(srv, "DELETE", "", 0),
						},
					},
					{
						// Adopted once; from now on a new version is a new seed.
						Config: tokenConfig("1", withSeed(8)),
						ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
							plancheck.ExpectResourceAction(tokenAddr, plancheck.ResourceActionReplace),
						}},
					},
				},
				CheckDestroy: destroyed(srv),
			})
		})
	}
}

// What people and Graph change is no plan: status, holder, last use, and a name
// that the configuration leaves open.
func TestHardwareOathToken_driftOfComputedValues(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	user := srv.PutUser(graphtest.User{DisplayName: "Amy Masters", UserPrincipalName: "amy@contoso.com"})
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv),
		Steps: []resource.TestStep{
			{Config: tokenConfig("1", withSeed(1)+"unassign_on_destroy = true")},
			{
				PreConfig: func() {
					id := srv.Devices()[0].ID
					srv.Assign(id, user.ID)
					srv.Activate(id)
					device, _ := srv.Device(id)
					device.DisplayName = "Amy's token"
					srv.PutDevice(device)
				},
				Config:           tokenConfig("1", withSeed(1)+"unassign_on_destroy = true"),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
			},
			{
				RefreshState: true,
				RefreshPlanChecks: resource.RefreshPlanChecks{PostRefresh: []plancheck.PlanCheck{
					plancheck.ExpectEmptyPlan(),
				}},
			},
			{
				Config: tokenConfig("1", withSeed(1)+"unassign_on_destroy = true"),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(tokenAddr, tfjsonpath.New("status"), knownvalue.StringExact("activated")),
					statecheck.ExpectKnownValue(tokenAddr, tfjsonpath.New("display_name"), knownvalue.StringExact("Amy's token")),
					statecheck.ExpectKnownValue(tokenAddr, tfjsonpath.New("assigned_to"), knownvalue.ObjectExact(map[string]knownvalue.Check{
						"id": knownvalue.StringExact(user.ID), "display_name": knownvalue.StringExact("Amy Masters"),
					})),
				},
			},
		},
		CheckDestroy: destroyed(srv),
	})
	if got := len(srv.Requests("DELETE", methodPath)); got != 1 {
		t.Errorf("unassign_on_destroy sent %d DELETEs of the user's method, want 1", got)
	}
}

func TestHardwareOathToken_moved(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv),
		Steps: []resource.TestStep{
			{Config: tokenConfig("1", withSeed(1))},
			{
				Config: strings.Replace(tokenConfig("1", withSeed(1)), `"test"`, `"renamed"`, 1) + `
					moved {
					  from = entra_hardware_oath_token.test
					  to   = entra_hardware_oath_token.renamed
					}`,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction("entra_hardware_oath_token.renamed", plancheck.ResourceActionNoop),
				}},
			},
		},
		CheckDestroy: destroyed(srv),
	})
}

func TestHardwareOathToken_taint(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithDeletionDelay(0))
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv),
		Steps: []resource.TestStep{
			{Config: tokenConfig("1", withSeed(1))},
			{
				Taint:  []string{tokenAddr},
				Config: tokenConfig("1", withSeed(1)),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(tokenAddr, plancheck.ResourceActionReplace),
				}},
			},
		},
		CheckDestroy: destroyed(srv),
	})
}

// Every argument may come from a resource that does not exist yet.
func TestHardwareOathToken_unknownInputs(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	config := fmt.Sprintf(`
		resource "terraform_data" "source" {
		  input = { serial = "1", maker = "Deepnet", model = "SafeID", interval = 30, hash = "hmacsha256", name = "Desk", secret = %q, version = 1 }
		}
		resource "entra_hardware_oath_token" "test" {
		  serial_number            = terraform_data.source.output.serial
		  manufacturer             = terraform_data.source.output.maker
		  model                    = terraform_data.source.output.model
		  time_interval_in_seconds = terraform_data.source.output.interval
		  hash_function            = terraform_data.source.output.hash
		  display_name             = terraform_data.source.output.name
		  secret_key_wo            = terraform_data.source.output.secret
		  secret_key_wo_version    = terraform_data.source.output.version
		}`, seed)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv),
		Steps: []resource.TestStep{
			{Config: config},
			{Config: config, ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}},
		},
		CheckDestroy: destroyed(srv),
	})
}
