package edxtest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/edx/edxtest"
)

// Each odd answer of a provider is noted, with what came of it.
func TestOddAnswersAreNoted(t *testing.T) {
	t.Parallel()
	const (
		exam    = "POST /api/v1/exam/"
		again   = "POST /api/v1/exam/ext-exam-1/"
		attempt = "POST /api/v1/exam/ext-exam-1/attempt/"
		told    = "PATCH /api/v1/exam/ext-exam-1/attempt/ext-att-1/"
		asked   = "GET /api/v1/exam/ext-exam-1/attempt/ext-att-1/"
		removed = "DELETE /api/v1/exam/ext-exam-1/attempt/ext-att-1/"
		config  = "GET /api/v1/config/"
	)
	for name, tt := range map[string]struct {
		call   string
		status int
		body   string
		want   string // "" is no trouble; ! is before one that is fatal
	}{
		"b without an id":              {exam, 404, `{"detail":"no"}`, "no id came: exam 1 stays as it was"},
		"b with an id that is nothing": {exam, 200, `{"id":0}`, "no id came"},
		"b with an id of nothing":      {exam, 200, `{"id":[]}`, "no id came"},
		"b with a long id":             {exam, 200, `{"id":"` + strings.Repeat("a", 256) + `"}`, "the id is longer than 255 signs"},
		"b with an error and an id":    {exam, 500, `{"id":"ext-exam-1"}`, "its id was adopted"},
		"b with a list":                {exam, 200, `[]`, "!it is JSON, but no object: saving exam 1 crashed"},
		"b with null":                  {exam, 200, `null`, "!it is JSON, but no object"},
		"c with another id":            {again, 200, `{"id":"ext-exam-2"}`, "exam 1 has a new id at the provider now"},
		"e with 201":                   {attempt, 201, `{"id":"ext-att-1"}`, "!only 200 will do: the learner can't set up"},
		"e without an id":              {attempt, 200, `{}`, "!it holds no id: the learner can't set up"},
		"e with a page":                {attempt, 200, `<html>`, "!it is no JSON object: the learner can't set up"},
		"e with an id out of reach":    {attempt, 200, `{"id":"a.b/c"}`, "no callback reaches the attempt"},
		"e with a long id":             {attempt, 200, `{"id":"` + strings.Repeat("a", 256) + `"}`, "the id is longer than 255 signs"},
		"e with a word of onboarding":  {attempt, 200, `{"status":"onboarding_pending"}`, ""},
		"e with another such word":     {attempt, 200, `{"status":"onboarding_reset"}`, "!it holds no id"},
		"f with a page":                {asked, 200, `<html>`, "it is no JSON: the set-up page has no instructions"},
		"f with a list":                {asked, 200, `[]`, "!the set-up page is an error"},
		"f with an error":              {asked, 503, `{"detail":"busy"}`, "its status is not looked at"},
		"f with one text":              {asked, 200, `{"instructions":"Sit down."}`, "its instructions are no list"},
		"f with a script's end":        {asked, 200, `{"download_url":"https://x.example/\"+alert(1)+\""}`, "its download_url has signs that end the text"},
		"f with all that there is":     {asked, 200, `{"instructions":["Sit down."],"download_url":"https://x.example/d?a=b&c#d","status":"created"}`, ""},
		"a with an error":              {config, 401, `{"detail":"who?"}`, "its status is not looked at"},
		"a with a page":                {config, 200, `<html>`, "!the configuration is no JSON"},
		"a with a list":                {config, 200, `[]`, "!the configuration is no JSON object, and was needed for download_url"},
		"g with a page":                {told, 500, `<html>`, "the attempt is started all the same"},
		"g with a list":                {told, 200, `[]`, "!the attempt could not become started"},
		"j with other words":           {removed, 200, `{"status":"gone"}`, `it does not hold "status":"deleted"`},
		"j with null":                  {removed, 200, `null`, "!the attempt could not be removed"},
	} {
		p, v := newProvider(t)
		ctx := t.Context()
		v.bodies[config], v.bodies[asked], v.bodies[removed], v.bodies[told] = `{}`, `{}`, `{"status":"deleted"}`, `{}`
		v.statuses[tt.call], v.bodies[tt.call] = tt.status, tt.body
		_, _ = p.fake.PublishExam(ctx, edxtest.Exam{Course: logic, Content: "final", Minutes: 90, Proctored: true, Backend: "x"})
		if tt.call != exam && tt.call != again {
			_, _ = p.fake.Learner("ada_l", edxtest.OldPage).SetUp(ctx, 1)
			p.take(step{request: "PUT " + api + "attempt/2", as: learner, body: `{"action":"start"}`})
			p.take(step{request: "DELETE " + api + "attempt/2", as: staff})
		}
		troubles := ofCall(p.fake.Seen().Troubles, tt.call)
		want, fatal := strings.CutPrefix(tt.want, "!")
		switch {
		case tt.want == "" && len(troubles) == 0:
		case len(troubles) == 0 || !strings.Contains(troubles[0].String(), want) || troubles[0].Fatal != fatal || troubles[0].Backend != "x" || tt.want == "":
			t.Errorf("%s: troubles = %v, want %q", name, troubles, tt.want)
		}
	}
}

func ofCall(troubles []edxtest.Trouble, call string) (found []edxtest.Trouble) {
	for _, t := range troubles {
		if t.Call == call {
			found = append(found, t)
		}
	}
	return found
}

// An exam without an id is saved again at the next occasion, and until then attempts
// are registered at an exam called None.
func TestAnExamWithoutAnID(t *testing.T) {
	t.Parallel()
	p, v := newProvider(t)
	v.statuses["POST /api/v1/exam/"], v.bodies["POST /api/v1/exam/"] = 503, "busy"
	exam := edxtest.Exam{Course: logic, Content: "final", Minutes: 90, Proctored: true, Backend: "x"}
	for range 2 {
		if _, err := p.fake.PublishExam(t.Context(), exam); err != nil {
			t.Error(err)
		}
	}
	if _, err := p.fake.Learner("ada_l", edxtest.OldPage).SetUp(t.Context(), 1); err == nil {
		t.Error("the learner has set up an exam that the provider does not know")
	}
	exam.Proctored = false
	if _, err := p.fake.PublishExam(t.Context(), exam); err != nil {
		t.Error(err)
	}
	v.expect(t, "POST /api/v1/exam/ <nil>", "POST /api/v1/exam/ <nil>", "POST /api/v1/exam/None/attempt/ created", "POST /api/v1/exam/ <nil>")
}

// A number is stored as its text, and is then another id than the number.
func TestAnExamWhoseIDIsANumber(t *testing.T) {
	t.Parallel()
	p, v := newProvider(t)
	v.bodies["POST /api/v1/exam/"], v.bodies["POST /api/v1/exam/5/"] = `{"id":5}`, `{"id":5}`
	for range 2 {
		if _, err := p.fake.PublishExam(t.Context(), edxtest.Exam{Course: logic, Content: "final", Proctored: true, Backend: "x"}); err != nil {
			t.Error(err)
		}
	}
	v.expect(t, "POST /api/v1/exam/ <nil>", "POST /api/v1/exam/5/ <nil>", "POST /api/v1/exam/5/ <nil>", "POST /api/v1/exam/5/ <nil>")
}

// Callbacks about two attempts with one id crash, as long as there are two.
func TestTwoAttemptsWithOneID(t *testing.T) {
	t.Parallel()
	p, _ := newProvider(t)
	if _, err := p.fake.PublishExam(t.Context(), edxtest.Exam{Course: logic, Content: "final", Proctored: true, Backend: "x"}); err != nil {
		t.Error(err)
	}
	for _, username := range []string{"ada_l", "bob"} {
		_, _ = p.fake.Learner(username, edxtest.OldPage).SetUp(t.Context(), 1)
	}
	if got := fmt.Sprint(p.fake.Seen().Troubles); !strings.Contains(got, "another attempt has this id already") {
		t.Errorf("troubles = %s", got)
	}
	p.run([]step{
		{name: "ready", request: "POST " + api + "attempt/ext-att-1/ready", as: staff, body: `{}`, want: "500 text/html"},
		{name: "reviewed", request: "POST " + api + "attempt/ext-att-1/reviewed", as: staff, body: `{"status":"passed"}`, want: "500 text/html"},
	})
	if strays := p.fake.Seen().Strays; len(strays) != 2 || strays[0].Kind != "ready" || strays[1].Said != "passed" || strays[1].Status != 500 {
		t.Errorf("strays = %+v, want both callbacks", strays)
	}
}

// Where the provider's answer to the end of the time is not handled, the read that ends
// it fails, and the attempt runs on.
func TestTimeOverAtAProviderThatBreaks(t *testing.T) {
	t.Parallel()
	p, v := newProvider(t)
	exam := p.fake.AddExam(edxtest.Exam{Course: logic, Content: "final", Minutes: 90, Proctored: true, Backend: "x", ExternalID: "e"})
	attempt := p.fake.AddAttempt(edxtest.Attempt{ExamID: exam, Username: "ada_l", Status: "started", Started: monday, ExternalID: "a"})
	p.clock.Advance(100 * 60e9)
	const told = "PATCH /api/v1/exam/e/attempt/a/"
	v.bodies[told] = "[]"
	for _, path := range []string{"attempt", "active_attempt", fmt.Sprintf("attempt/%d", attempt), "attempt/course_id/" + logic + "?content_id=final"} {
		p.run([]step{{name: path, request: "GET " + api + path, as: learner, want: "500 text/html"}})
	}
	if _, err := p.fake.ViewSetUp(t.Context(), attempt); err == nil {
		t.Error("the old page is shown")
	}
	if a, _ := p.fake.Attempt(attempt); a.Status != "started" {
		t.Errorf("the attempt is %s, want started", a.Status)
	}
	v.bodies[told] = "{}"
	p.run([]step{{name: "now", request: "GET " + api + "attempt", as: learner, want: `200 application/json {"in_timed_exam":false`}})
	if got, _ := p.fake.Sitting(attempt); got.Status != "submitted" || !got.Opened.Equal(monday) {
		t.Errorf("sitting = %+v, want a submitted one that was opened at its start", got)
	}
}

// A page without texts and link, one with a link or a text that does something else on
// it, and what names a person are noted, on both front ends.
func TestPagesThatServeNobodyAreNoted(t *testing.T) {
	t.Parallel()
	const (
		asked  = "GET /api/v1/exam/ext-exam-1/attempt/ext-att-1/"
		config = "GET /api/v1/config/"
		good   = `{"instructions":["Sit down."],"download_url":"https://x.example/d"}`
	)
	old, app := []edxtest.FrontEnd{edxtest.OldPage}, []edxtest.FrontEnd{edxtest.LearningApp}
	both := append(old, app...)
	for name, tt := range map[string]struct {
		asked, config string
		on            []edxtest.FrontEnd
		call          string
		want          string // "" is no trouble
	}{
		"all right":               {good, good, both, asked, ""},
		"neither texts nor link":  {`{}`, `{}`, old, asked, "the set-up page has neither texts nor a link"},
		"nor there":               {`{}`, `{}`, app, config, "the page has neither texts nor a link"},
		"texts alone":             {`{"instructions":["Sit down."]}`, `{"instructions":["Sit down."]}`, both, asked, ""},
		"a link of the config":    {`{}`, `{"download_url":"https://x.example/d"}`, both, asked, ""},
		"no object on the app":    {good, `[]`, app, config, "it is no JSON object: the page has neither"},
		"a link that is a script": {`{"download_url":"javascript:alert(1)"}`, good, both, asked, "its download_url is no address of the web"},
		"a link to nowhere":       {`{"download_url":"/setup"}`, good, both, asked, "its download_url is no address of the web"},
		"a script in the config":  {good, `{"instructions":["Sit."],"download_url":"javascript:alert(1)"}`, app, config, "its download_url is no address of the web"},
		"a script in a text":      {`{"instructions":["Sit.","<script>alert(1)</script>"]}`, good, both, asked, "its instructions hold a tag"},
		"a tag in the config":     {good, `{"instructions":["<b>Sit</b>"]}`, app, config, "its instructions hold a tag"},
		"a sign that is less":     {`{"instructions":["Under < 5 minutes & more"]}`, good, both, asked, ""},
		"the learner's name":      {`{"instructions":["Hello, Ada L\u00f6velace"]}`, good, both, asked, "it quotes the name or the address of a user"},
		"the address of another":  {good, `{"instructions":["Write to BOB@example.org"]}`, app, config, "it quotes the name or the address of a user"},
		"a name in a refusal":     {`{"detail":"Ada L\u00f6velace may not"}`, good, both, asked, "it quotes the name or the address of a user"},
		"a first name is a word":  {`{"instructions":["Ada helps you."]}`, good, both, asked, ""},
	} {
		for _, frontEnd := range tt.on {
			p, v := newProvider(t)
			p.fake.AddUser(edxtest.User{Username: "ada_l", Name: "Ada L\u00f6velace", Email: "ada@example.org"})
			p.fake.AddUser(edxtest.User{Username: "bob", Name: "Bob", Email: "bob@example.org"})
			v.bodies[asked], v.bodies[config], v.bodies["POST /api/v1/exam/ext-exam-1/"] = tt.asked, tt.config, `{"id":"ext-exam-1"}`
			publish(t, p.fake)
			ada := p.fake.Learner("ada_l", frontEnd)
			_, _ = ada.SetUp(t.Context(), 1)
			_, _ = ada.Look(t.Context(), 1)
			troubles := ofCall(p.fake.Seen().Troubles, tt.call)
			switch {
			case tt.want == "" && len(p.fake.Seen().Troubles) == 0:
			case tt.want == "" || len(troubles) == 0 || !strings.Contains(troubles[0].Text, tt.want) || strings.Contains(fmt.Sprint(troubles), "velace"):
				t.Errorf("%s, front end %d: troubles = %v, want %q", name, frontEnd, p.fake.Seen().Troubles, tt.want)
			}
		}
	}
}

// A provider that does not know the platform's secret is noted by each page, whichever
// call it fails.
func TestASecretThatIsRefusedIsNoted(t *testing.T) {
	t.Parallel()
	for _, frontEnd := range []edxtest.FrontEnd{edxtest.OldPage, edxtest.LearningApp} {
		p, v := newProvider(t)
		publish(t, p.fake)
		ada := p.fake.Learner("ada_l", frontEnd)
		_, _ = ada.SetUp(t.Context(), 1)
		before := len(p.fake.Seen().Troubles)
		for _, line := range []string{"GET /api/v1/exam/ext-exam-1/attempt/ext-att-1/", "GET /api/v1/config/"} {
			v.statuses[line], v.bodies[line] = 401, `{"detail":"who?"}`
		}
		_, _ = ada.Look(t.Context(), 1)
		if n := len(p.fake.Seen().Troubles) - before; n == 0 {
			t.Errorf("front end %d: refused tokens are no trouble", frontEnd)
		}
		before = len(p.fake.Seen().Troubles)
		v.tokenIs = `{"error":"invalid_client"}`
		p.clock.Advance(2 * 60 * 60e9)
		_, _ = ada.Look(t.Context(), 1)
		if troubles := p.fake.Seen().Troubles[before:]; len(troubles) == 0 || !strings.Contains(troubles[0].Text, "the platform got no token") {
			t.Errorf("front end %d: without a token the troubles are %v", frontEnd, troubles)
		}
	}
}
