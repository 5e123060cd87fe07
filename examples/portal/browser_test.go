package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/proctorbook/proctorbook/scheduling"
)

// The variables of the tests in a browser.
const (
	chromiumEnv = "PROCTORBOOK_CHROMIUM"        // path of chromium
	axeEnv      = "PROCTORBOOK_AXE"             // path of axe.min.js
	picturesEnv = "PROCTORBOOK_PORTAL_PICTURES" // folder for a picture of every page

	notInBrowser = "NOT TESTED IN A BROWSER: set " + chromiumEnv + " to the path of chromium, and " + axeEnv + " to that of axe.min.js"
)

// screen is a browser with a window.
type screen struct {
	t    *testing.T
	ctx  context.Context
	demo *demo
	url  string
	axe  string
}

// newScreen opens a browser on the demonstration.
func newScreen(t *testing.T, learners int) *screen {
	t.Helper()
	path := os.Getenv(chromiumEnv)
	if path == "" {
		t.Skip(notInBrowser)
	}
	d, address := newTestDemo(t, learners, 0)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(slowly),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("lang", "en"),
	)
	allocated, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, closeTab := chromedp.NewContext(allocated)
	t.Cleanup(closeTab)
	s := &screen{t: t, ctx: ctx, demo: d, url: address}
	if file := os.Getenv(axeEnv); file != "" {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s.axe = string(data)
	}
	s.speak("en")
	s.size(1280, "light")
	return s
}

func (s *screen) do(steps ...chromedp.Action[chromedp.Void]) {
	s.t.Helper()
	ctx, stop := context.WithTimeout(s.ctx, slowly)
	defer stop()
	if err := chromedp.Do(ctx, steps...); err != nil {
		s.t.Fatalf("%s: %v", s.path(), err)
	}
}

// look returns what the action finds.
func look[T any](s *screen, action chromedp.Action[T]) T {
	s.t.Helper()
	got, err := chromedp.Run(s.ctx, action)
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}

// call sends a command of the protocol.
func call[P, R any](s *screen, command cdp.Command[P, R], params P) {
	s.t.Helper()
	if _, err := chromedp.Call(s.ctx, command, params); err != nil {
		s.t.Fatal(err)
	}
}

// speak sets the browser's language.
func (s *screen) speak(lang string) {
	s.t.Helper()
	call(s, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": lang}})
}

// size sets the window's width, and the scheme.
func (s *screen) size(width int64, scheme string) {
	s.t.Helper()
	s.do(chromedp.EmulateViewport(width, 900))
	call(s, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

func (s *screen) open(path string) {
	s.t.Helper()
	ctx, stop := context.WithTimeout(s.ctx, slowly)
	defer stop()
	for try := 1; ; try++ {
		err := chromedp.Do(ctx, chromedp.Navigate(s.url+path))
		if err == nil {
			break
		}
		// A page that loads itself again may do so at this very moment, and abort this.
		if try == 5 || !strings.Contains(err.Error(), "ERR_ABORTED") {
			s.t.Fatalf("%s: %v", path, err)
		}
	}
	s.do(chromedp.WaitReady(chromedp.CSS("main")))
}

// text returns what the page says.
func (s *screen) text() string {
	s.t.Helper()
	return look(s, chromedp.Text(chromedp.CSS("main")))
}

// path returns the address of the page.
func (s *screen) path() string {
	s.t.Helper()
	address, err := chromedp.Run(s.ctx, chromedp.Location())
	if err != nil {
		s.t.Fatal(err)
	}
	return strings.TrimPrefix(address, s.url)
}

// says waits until the page says the text. The browser asks again by itself.
func (s *screen) says(want string) {
	s.t.Helper()
	for end := time.Now().Add(slowly); ; time.Sleep(100 * time.Millisecond) {
		text, err := chromedp.Run(s.ctx, chromedp.Evaluate[string](`document.body ? document.body.innerText : ""`))
		if err == nil && strings.Contains(text, want) {
			return
		}
		if time.Now().After(end) {
			s.t.Fatalf("%s never says %q, but\n%s", s.path(), want, text)
		}
	}
}

// click clicks, and waits for the page that follows to say something.
func (s *screen) click(selector, then string) {
	s.t.Helper()
	s.do(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
	s.says(then)
}

func (s *screen) signIn(who string) {
	s.t.Helper()
	call(s, network.ClearBrowserCookies, cdp.Empty{})
	s.open("/")
	s.click(`button[value="`+who+`"]`, "Sign out")
}

// check looks at the page in both widths and both schemes: nothing may stick out at the
// side, and axe must find nothing, contrast included. It also takes the pictures.
func (s *screen) check(name string) {
	s.t.Helper()
	for _, width := range []int64{1280, 360} {
		for _, scheme := range []string{"light", "dark"} {
			s.size(width, scheme)
			where := fmt.Sprintf("%s-%d-%s", name, width, scheme)
			if wide := look(s, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`)); wide > width {
				s.t.Errorf("%s: the page is %d pixels wide", where, wide)
			}
			s.audit(where)
			s.picture(where)
		}
	}
	s.size(1280, "light")
}

// audit runs axe.
func (s *screen) audit(where string) {
	s.t.Helper()
	if s.axe == "" {
		return
	}
	s.do(chromedp.Evaluate[chromedp.Void](s.axe + `;0`))
	found := look(s, chromedp.Evaluate[string](
		`axe.run().then(r => JSON.stringify(r.violations.map(v => ({rule: v.id, nodes: v.nodes.map(n => n.html + " " + n.failureSummary)}))))`, chromedp.EvalAwaitPromise))
	var violations []struct {
		Rule  string
		Nodes []string
	}
	if err := json.Unmarshal([]byte(found), &violations); err != nil {
		s.t.Fatal(err)
	}
	for _, v := range violations {
		s.t.Errorf("%s: axe: %s\n%s", where, v.Rule, strings.Join(v.Nodes, "\n"))
	}
}

// picture keeps what the page looks like.
func (s *screen) picture(name string) {
	s.t.Helper()
	dir := os.Getenv(picturesEnv)
	if dir == "" {
		return
	}
	png := look(s, chromedp.FullScreenshot(100))
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// small makes a picture for the documentation.
func (s *screen) small(name string) {
	s.t.Helper()
	dir := os.Getenv(picturesEnv)
	if dir == "" {
		return
	}
	s.do(chromedp.EmulateViewport(1000, 760, chromedp.EmulateScale(0.8)))
	if err := os.WriteFile(filepath.Join(dir, name+".png"), look(s, chromedp.CaptureScreenshot()), 0o644); err != nil {
		s.t.Fatal(err)
	}
	s.size(1280, "light")
}

// A learner's whole way: the profile, a slot, a move across the change of the clocks, a
// cancel, and a session with its proctor; and then what staff see of it. One browser
// does it all, since it takes long to start.
func TestInBrowser(t *testing.T) {
	s := newScreen(t, 24)
	t.Run("first page", func(t *testing.T) { s.t = t; s.firstPage() })
	t.Run("profile", func(t *testing.T) { s.t = t; s.profile() })
	t.Run("move across a clock change", func(t *testing.T) { s.t = t; s.moveAcross() })
	t.Run("without JavaScript", func(t *testing.T) { s.t = t; s.withoutScripts() })
	t.Run("fault panel", func(t *testing.T) { s.t = t; s.faultPanel() })
	t.Run("sitting", func(t *testing.T) { s.t = t; s.sitting() })
	t.Run("Open edX", func(t *testing.T) { s.t = t; s.openEdX() })
	t.Run("staff", func(t *testing.T) { s.t = t; s.staffLists() })
	t.Run("names", func(t *testing.T) { s.t = t; s.names() })
	t.Run("keyboard", func(t *testing.T) { s.t = t; s.keyboard() })
}

// firstPage is small, and nothing on it moves while it loads.
func (s *screen) firstPage() {
	s.open("/")
	got := look(s, chromedp.Evaluate[struct {
		Requests int
		Bytes    int
		Shift    float64
		Scripts  int
	}](`new Promise(done => {
		let shift = 0;
		new PerformanceObserver(list => { for (const e of list.getEntries()) shift += e.value }).observe({type: "layout-shift", buffered: true});
		const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
		setTimeout(() => done({Requests: all.length, Bytes: all.reduce((n, e) => n + e.transferSize, 0), Shift: shift, Scripts: document.scripts.length}), 300);
	})`, chromedp.EvalAwaitPromise))
	if got.Requests > 5 || got.Bytes > 100<<10 || got.Shift != 0 || got.Scripts != 0 {
		s.t.Errorf("the first page: %+v; want at most 5 requests and 100 KiB, no shift, no script", got)
	}
	s.check("signin")
}

func (s *screen) profile() {
	s.signIn("mei")
	s.check("learner-may-not")
	s.open("/exams/statistics")
	s.click(`a[href="/profile?then=statistics"]`, "Given name")
	s.check("profile")
	s.do(chromedp.SendKeys(chromedp.CSS("#GivenName"), "Mei"), chromedp.SendKeys(chromedp.CSS("#FamilyName"), "Tanaka"), chromedp.SendKeys(chromedp.CSS("#Phone"), "12"), chromedp.SendKeys(chromedp.CSS("#Country"), "jp"))
	s.click("main form button", "Please check this:")
	s.check("profile-wrong")
	s.do(chromedp.SetValue(chromedp.CSS("#Phone"), "+81 3 1234 5678"))
	s.click("main form button", "You may book it")
	s.check("exam")
}

// moveAcross books before the change of the clocks, and moves to a day after it.
func (s *screen) moveAcross() {
	s.signIn("ada_l")
	s.check("exams")
	zone := s.demo.world.exams[2].Exam.Zone
	change := nextChange(scheduling.DateOf(s.demo.world.clock.Now(), zone), zone)
	s.open("/exams/history/slots?day=" + change.AddDays(-1).String())
	s.click(`.times a`, "Book this time?")
	before := s.text()
	s.check("confirm")
	s.click("main form button", "It is booked")
	s.check("booking")
	s.click(`a[href="/exams/history/slots"]`, "Your present time")
	s.click(`a[href="/exams/history/slots?day=`+change.String()+`"]`, "The clocks change on this day.")
	s.check("slots-clock-change")
	s.small("portal-learner")
	s.open("/exams/history/slots?day=" + change.AddDays(1).String())
	s.click(`.times a`, "Move to this time?")
	after := s.text()
	s.check("confirm-move")
	s.click("main form button", "It is booked")
	offset := func(d scheduling.Date) string { return "UTC" + d.Start(zone).Format("-07:00") }
	if b, a := offset(change.AddDays(-1)), offset(change.AddDays(1)); !strings.Contains(before, b) || !strings.Contains(after, a) || a == b {
		s.t.Errorf("the pages show neither %s before nor %s after the change", b, a)
	}
	s.click(`a[href$="/cancel"]`, "Cancel this booking?")
	s.check("cancel")
	s.click("main form button", "This booking is canceled")
	s.check("booking-canceled")
}

// withoutScripts books with scripts switched off.
func (s *screen) withoutScripts() {
	call(s, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	s.open("/exams/algorithms/slots")
	s.do(chromedp.Click(chromedp.CSS(`.times a`)), chromedp.WaitVisible(chromedp.CSS(`form[action$="/book"] button`)),
		chromedp.Click(chromedp.CSS(`form[action$="/book"] button`)), chromedp.WaitVisible(chromedp.CSS(`.note.good`)))
	call(s, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{})
	s.says("It is booked")
}

// faultPanel loses an answer and kills the process, as a visitor does.
func (s *screen) faultPanel() {
	s.open("/panel")
	s.check("panel")
	s.click(`button[value="lose"]`, "The portal runs.")
	s.open("/exams/history/slots")
	s.click(`.times a`, "Book this time?")
	s.click("main form button", "We are checking")
	s.picture("checking")
	s.says("It is booked")
	s.open("/panel")
	s.says("1 active reservation at the provider")
	s.says("the answer is lost")
	s.click(`button[value="kill-next"]`, "The portal runs.")
	s.signIn("nour")
	s.open("/exams/history/slots")
	s.click(`.times a`, "Book this time?")
	s.click("main form button", "The portal was killed")
	s.picture("away")
	s.says("See my booking")
	s.open("/")
	s.click(`a[href^="/bookings/"]`, "My booking")
	s.says("It is booked")
	s.open("/panel")
	s.says("The process was killed.")
	s.check("panel-stories")
	s.do(chromedp.ScrollIntoView(chromedp.CSS(".sides")))
	s.small("portal-panel")
	s.click(`button[value="none"]`, "The portal runs.")
}

// sitting enters a session: the proctor sits at the panel.
func (s *screen) sitting() {
	s.signIn("bob")
	s.open("/exams/statistics/slots")
	s.click(`.times a`, "Book this time?")
	s.click("main form button", "It is booked")
	s.check("booking-today")
	booking := s.path()
	s.click(`form[action$="/begin"] button`, "Your session is ready")
	s.check("launch")
	s.open("/panel")
	s.click(`button[value="start"]`, "Close the session")
	code := look(s, chromedp.Text(chromedp.CSS("#desk strong")))
	s.open(booking)
	s.do(chromedp.SendKeys(chromedp.CSS("#code"), "WRONG"))
	s.click(`form[action$="/unlock"] button`, "The code was not right")
	s.check("wrong-code")
	s.open(booking)
	s.do(chromedp.SendKeys(chromedp.CSS("#code"), code))
	s.click(`form[action$="/unlock"] button`, "Time left")
	s.check("booking-open")
	s.click(`form[action$="/finish"] button`, "It is not known yet")
	s.open("/panel")
	s.click(`#desk button[value="end"]`, "Nobody has entered a session.")
}

// openEdX is the whole way of a learner whose exam is on an Open edX: begun at the panel,
// which is the page there, on to the portal by the signed link, and back.
func (s *screen) openEdX() {
	call(s, network.ClearBrowserCookies, cdp.Empty{})
	s.open("/panel")
	s.do(chromedp.SetValue(chromedp.CSS("#who"), "nour"))
	s.click(`#lms button[value="begin"]`, "Open the learner's link")
	s.check("panel-open-edx")
	s.click(`#lms button[value="open"]`, "You came from your course platform")
	s.check("exam-by-link")
	s.click(`a[href="/exams/statistics/slots"]`, "free start")
	s.click(`.times a`, "Book this time?")
	s.click("main form button", "It is booked")
	booking := s.path()
	s.click(`form[action$="/begin"] button`, "Your session is ready")
	s.open("/panel")
	s.click(`#desk button[value="start"]`, "Close the session")
	code := look(s, chromedp.Text(chromedp.CSS("#desk strong")))
	s.open(booking)
	s.do(chromedp.SendKeys(chromedp.CSS("#code"), code))
	s.click(`form[action$="/unlock"] button`, "Start it on your course platform")
	s.check("booking-by-link")
	s.open("/panel")
	s.says("Start the exam") // the page looks again by itself until the Open edX is told "ready"
	s.click(`#lms button[value="start"]`, "Submit the exam")
	s.click(`#lms button[value="submit"]`, "submitted")
	s.click(`#desk button[value="end"]`, "verified")
	s.check("panel-open-edx-verified")
	s.open(booking)
	s.says("All was in order.")
	s.open("/exams/statistics")
	s.says("You have sat this exam.")
}

// staffLists looks at every page of staff's.
func (s *screen) staffLists() {
	s.signIn("office")
	s.says("bookings")
	s.check("staff")
	s.small("portal-staff")
	s.do(chromedp.SetValue(chromedp.CSS("#state"), "canceled"))
	s.click(".filters button", "canceled")
	s.open("/staff?q=nobody")
	s.check("staff-empty")
	for path, says := range map[string]string{
		"/staff/attention": "Needs attention", "/staff/not-booked": "Not booked yet", "/staff/discrepancies": "Discrepancies", "/staff/charts": "Bookings a day",
	} {
		s.open(path)
		s.says(says)
		s.check(strings.ReplaceAll(strings.Trim(path, "/"), "/", "-"))
	}
	s.open("/staff?state=finished")
	s.click(`td a[href^="/staff/bookings/"]`, "Timeline")
	s.check("staff-timeline")
	s.open("/staff?state=finished")
	s.click(`td a[href^="/staff/learners/"]`, "More time")
	s.check("staff-learner")
	s.open("/staff/bookings/none")
	s.says("There is no such page")
	s.check("no-page")
}

// names looks at names that are long, or written from right to left, and at French.
func (s *screen) names() {
	s.signIn("max")
	s.check("long-name")
	s.open("/exams/statistics/slots")
	s.check("no-zone")
	s.signIn("nour")
	s.speak("fr")
	s.open("/")
	s.says("Mes examens")
	s.check("right-to-left-french")
	s.speak("en")
}

// keyboard books without a mouse: Tab until the element has the focus, then Enter.
func (s *screen) keyboard() {
	call(s, network.ClearBrowserCookies, cdp.Empty{})
	s.open("/")
	s.press(`button[value="ada_l"]`, "My exams")
	s.press(`a[href="/exams/statistics/slots"]`, "free start")
	s.press(`.times a`, "Book this time?")
	s.press(`main form button`, "It is booked")
}

// press goes to the element by Tab, and presses Enter.
func (s *screen) press(selector, then string) {
	s.t.Helper()
	for range 400 {
		s.do(chromedp.KeyEvent(kb.Tab))
		there := look(s, chromedp.Evaluate[bool]("document.activeElement.matches(`"+selector+"`)"))
		outlined := look(s, chromedp.Evaluate[bool](`document.activeElement === document.body || getComputedStyle(document.activeElement).outlineStyle !== "none"`))
		if !outlined {
			s.t.Errorf("on the way to %s the focus can't be seen", selector)
		}
		if there {
			s.do(chromedp.KeyEvent(kb.Enter))
			s.says(then)
			return
		}
	}
	s.t.Fatalf("Tab never comes to %s", selector)
}
