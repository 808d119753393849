package tool_test

import (
	"fmt"
	"net/http"

	"claimcheck/internal/fault"
	"claimcheck/internal/tool"
)

// A server gives ParseOptions the headers of a request.
func ExampleSpec_ParseOptions() {
	spec := tool.Spec{
		Name: "csv-to-xml",
		Options: []tool.Option{
			{Header: "x-tab-space", Kind: tool.Int, Default: "2", Min: 0, Max: 16},
			{Header: "x-has-header", Kind: tool.Bool, Default: "true"},
			{Header: "x-root-name", Kind: tool.Text, Default: "root"},
		},
	}
	header := http.Header{}
	header.Set("X-Tab-Space", "4")
	header.Set("X-Has-Header", "No")

	options, err := spec.ParseOptions(header.Get)
	fmt.Println(options.Int("x-tab-space"), options.Bool("x-has-header"), options["x-root-name"], err)

	header.Set("X-Tab-Space", "wide")
	_, err = spec.ParseOptions(header.Get)
	fmt.Println(fault.Of(err).Code, fault.Of(err).Message, fault.Of(err).Details)

	// Output:
	// 4 false root <nil>
	// INVALID_OPTION x-tab-space must be a whole number from 0 to 16 [{option x-tab-space}]
}
