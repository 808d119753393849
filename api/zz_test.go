package api_test
import ("testing";"os";"claimcheck/api")
func TestZ(t *testing.T){
 b,err:=api.OpenAPI("https://api.claimcheck.test","1.0.0",[]api.ToolDoc{{Path:"/json-formatter-api",Summary:"Pretty-prints JSON.",Extensions:[]string{"txt"},ContentType:"application/json",Options:[]api.OptionDoc{{Header:"x-tab-space",Type:"integer",Default:"1",Maximum:16,Summary:"Spaces."}}},{Path:"/json-minify-api",Summary:"Minifies.",ContentType:"application/json"}})
 if err!=nil{t.Fatal(err)}
 os.WriteFile("/tmp/gen/openapi.json",b,0o644)
 t.Log(api.Paths(nil))
}
