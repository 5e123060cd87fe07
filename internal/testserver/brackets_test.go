package testserver_test

import (
	"encoding/json"
	"net/url"
	"testing"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

func TestParams(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"a=1&a=2":                        `{"a":"1"}`,
		"a=":                             `{"a":""}`,
		"a[]=x&a[]=y":                    `{"a":"[\"x\",\"y\"]"}`,
		"a[10]=k&a[9]=j":                 `{"a":"[\"j\",\"k\"]"}`,
		"a[0][b]=x&a[0][c]=y&a[1][b]=z":  `{"a":"[{\"b\":\"x\",\"c\":\"y\"},{\"b\":\"z\"}]"}`,
		"a[][b]=x&a[][c]=y&a[][b]=z":     `{"a":"[{\"b\":\"x\",\"c\":\"y\"},{\"b\":\"z\"}]"}`,
		"a[b]=x&c=1":                     `{"a":"{\"b\":\"x\"}","c":"1"}`,
		"a[b=x&a]b=y&[c]=z&a[b]c=w":      `{"[c]":"z","a[b":"x","a[b]c":"w","a]b":"y"}`,
		"a[1][2][3][4][5][6]=x&a[[b]]=y": `{"a[1][2][3][4][5][6]":"x","a[[b]]":"y"}`,
		"a[b]=x&a[b][c]=y&a[99999999999999999999]=z": `{"a":"{\"99999999999999999999\":\"z\",\"b\":{\"c\":\"y\"}}"}`,
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(testserver.Params(values))
		if string(got) != want || err != nil {
			t.Errorf("%s: got %s, %v, want %s", query, got, err, want)
		}
	}
}

func FuzzParams(f *testing.F) {
	f.Add("a[0][b]=x&a[][c]=y&a[]=z")
	f.Add("a[-1]=x&a[+1]=y&a[01]=z&a[1]=w")
	f.Fuzz(func(t *testing.T, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Skip()
		}
		params := testserver.Params(values)
		if len(params) > len(values) {
			t.Errorf("%d parameters of %d names", len(params), len(values))
		}
		for name, text := range params {
			if values.Get(name) != text && !json.Valid([]byte(text)) {
				t.Errorf("%q = %q: neither sent so nor JSON", name, text)
			}
		}
	})
}
