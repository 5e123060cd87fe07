package proctoru

import (
	"encoding/json"
	"strings"
)

// Launch is a page of the provider that a learner can enter.
type Launch struct {
	URL SecretURL // for the learner's browser, now; never store it
	Raw RawJSON   // the answer as the provider sent it
}

type launchWire struct {
	LaunchURL text            `json:"launch_url"`
	URL       text            `json:"url"`
	Message   text            `json:"message"`
	Data      json.RawMessage `json:"data"`
}

// readLaunch takes the URL of data that are an object, or a list of one, or a text.
func (c *core) readLaunch(data []byte) (*Launch, error) {
	if found, rest, reason := scanRows(data); reason == "" && len(found) == 1 && len(skipSpace(rest)) == 0 && isObject(found[0]) {
		data = found[0]
	}
	if isObject(data) {
		var w launchWire
		if json.Unmarshal(data, &w) != nil {
			return nil, ErrNoURL
		}
		return c.launch(string(w.URL), data)
	}
	return c.launch(quoted(data), data)
}

// readExamLaunch takes the first URL of an answer: under data, beside it, or, as
// in former years, as the message.
func (c *core) readExamLaunch(answer []byte) (*Launch, error) {
	var whole, inner launchWire
	if json.Unmarshal(answer, &whole) != nil {
		return nil, ErrNoURL
	}
	if isObject(whole.Data) && json.Unmarshal(whole.Data, &inner) != nil {
		return nil, ErrNoURL
	}
	found := string(firstText(inner.LaunchURL, inner.URL, text(quoted(whole.Data)), whole.LaunchURL, whole.URL))
	if found == "" && strings.Contains(string(whole.Message), "://") {
		found = string(whole.Message)
	}
	return c.launch(found, answer)
}

// launch checks a URL before it leaves the package.
func (c *core) launch(raw string, answer []byte) (*Launch, error) {
	u, err := c.secretURL(raw)
	switch {
	case err != nil:
		return nil, err
	case u.IsZero():
		return nil, ErrNoURL
	}
	return &Launch{URL: u, Raw: clone(answer)}, nil
}

// secretURL checks a URL that came from the provider. It returns the zero value
// and nil for an empty one, and ErrUnsafeURL for one that must not be opened.
func (c *core) secretURL(raw string) (SecretURL, error) {
	return ParseSecretURL(raw, c.set.launchHosts...)
}
