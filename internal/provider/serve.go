package provider

import (
	"context"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

const address = "registry.terraform.io/terraform-provider-entra/entra"

// Serve serves the provider to the CLI that has started it, until that is done
// with it. While nobody has asked for logs it writes none; see [quietServer].
func Serve(version string, debug bool) error {
	if debug || logsWanted(os.Environ()) {
		return providerserver.Serve(context.Background(), New(version), providerserver.ServeOpts{Address: address, Debug: debug})
	}
	// For what is logged outside of the calls that quietServer knows.
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_PROVIDER"} {
		_ = os.Setenv(name, "OFF")
	}
	return tf6server.Serve(address, func() tfprotov6.ProviderServer {
		return quiet(providerserver.NewProtocol6(New(version)())())
	})
}

// logsWanted reports whether a variable such as TF_LOG or TF_LOG_PROVIDER asks
// for logs.
func logsWanted(environment []string) bool {
	for _, variable := range environment {
		name, value, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "TF_LOG") && name != "TF_LOG_PATH" && value != "" {
			return true
		}
	}
	return false
}

// quietServer hands calls on without the loggers in their context. The CLI takes
// every line that a provider writes at TRACE, and drops it unless TF_LOG is set.
// Worse, framework 1.19 adds a log field to the context for each value that it
// walks, one on top of the other, and looks through all of them for each line:
// the plan of a resource grows with the square of the values in it, with the
// loggers turned off too. Without loggers there is nothing to add to.
type quietServer struct {
	protocolServer
}

// protocolServer is all that the framework's server can do.
type protocolServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
}

// quiet leaves a server as it is that can do less.
func quiet(server tfprotov6.ProviderServer) tfprotov6.ProviderServer {
	if whole, ok := server.(protocolServer); ok {
		return quietServer{whole}
	}
	return server
}

// quietContext is a context without values. Deadline and cancellation stay.
type quietContext struct{ context.Context }

// Value implements [context.Context].
func (quietContext) Value(any) any { return nil }

// ValidateResourceConfig implements [tfprotov6.ResourceServer].
func (s quietServer) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return s.protocolServer.ValidateResourceConfig(quietContext{ctx}, req)
}

// ReadResource implements [tfprotov6.ResourceServer].
func (s quietServer) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return s.protocolServer.ReadResource(quietContext{ctx}, req)
}

// PlanResourceChange implements [tfprotov6.ResourceServer].
func (s quietServer) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return s.protocolServer.PlanResourceChange(quietContext{ctx}, req)
}

// ApplyResourceChange implements [tfprotov6.ResourceServer].
func (s quietServer) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return s.protocolServer.ApplyResourceChange(quietContext{ctx}, req)
}

// ReadDataSource implements [tfprotov6.DataSourceServer].
func (s quietServer) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	return s.protocolServer.ReadDataSource(quietContext{ctx}, req)
}
