// Command floor-provider is a provider that does nothing, with the schemas of another one: the file that FLOOR_SCHEMA names holds
// what `providers schema -json` prints of it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/tools/floor"
)

func main() {
	debug := flag.Bool("debug", false, "run with support for debuggers such as delve")
	flag.Parse()
	if err := serve(context.Background(), os.Getenv(floor.SchemaVariable), *debug); err != nil {
		fmt.Fprintln(os.Stderr, "floor-provider:", err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, path string, debug bool) error {
	answer, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%s: %w", floor.SchemaVariable, err)
	}
	schemas, err := floor.ParseSchemas(answer)
	if err != nil {
		return err
	}
	provider, err := floor.New(schemas)
	if err != nil {
		return err
	}
	return providerserver.Serve(ctx, provider, providerserver.ServeOpts{Address: floor.Address, Debug: debug})
}
