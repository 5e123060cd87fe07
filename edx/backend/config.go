package backend

import (
	"context"
	"net/http"
)

// Config is what a platform's pages say of the provider: the same to everybody.
// Its texts are shown as they are by some pages and as HTML by others, so they
// hold neither < > & nor control characters.
type Config struct {
	// Name is what the provider is called.
	Name string
	// URL is where every learner can begin, such as a page with a sign-in. The set-up
	// page of an attempt without a URL of its own leads there, or nowhere without. It has
	// only characters of [A-Za-z0-9:/?&=._~%-], and begins with https:// (http://
	// for this machine). "" is none.
	URL string
	// Rules are the rules that an author of exams may choose in the platform's
	// studio, each with its title.
	Rules map[string]string
}

func (c Config) check(v *validation) {
	checkText(v, "Config.Name", c.Name)
	v.check("Config.URL", c.URL == "" || urlProblem(c.URL) == "", urlProblem(c.URL))
	for name, title := range c.Rules {
		v.check("Config.Rules", isID(name), "must have names of letters, digits, - and _")
		checkText(v, "Config.Rules", title)
	}
}

type configAnswer struct {
	Name         string            `json:"name"`
	Rules        map[string]string `json:"rules"`
	Instructions []string          `json:"instructions"`
	URL          string            `json:"download_url,omitempty"`
}

// setConfig makes the answers about the configuration, one for each language.
func (h *handler) setConfig() {
	rules := h.config.Rules
	if rules == nil {
		rules = map[string]string{}
	}
	h.otherwise = fallback(h.texts)
	h.configs = map[string]answer{}
	for tag, texts := range h.texts {
		h.configs[tag] = jsonAnswer(configAnswer{Name: h.config.Name, Rules: rules, Instructions: texts.Exam, URL: h.config.URL})
	}
	h.rules = jsonAnswer(map[string]any{"rules": rules})
}

// getConfig answers from memory: every learner's page asks.
func (h *handler) getConfig(_ context.Context, c call) answer {
	return h.configs[h.languageOf(c.header)]
}

// getExam answers the platform's question about an exam by its own number. No
// release asks it, and the rules to choose from are the same for each.
func (h *handler) getExam(context.Context, call) answer { return h.rules }

// languageOf returns the first of the languages asked for that there are texts in, or
// else the one for everybody.
func (h *handler) languageOf(header http.Header) string {
	return chooseLanguage(header.Get("Accept-Language"), h.texts, h.otherwise)
}
