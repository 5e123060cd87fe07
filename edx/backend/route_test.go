package backend_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/edx/backend"
)

// Ids stand in a path as they are: what climbs, hides a slash or is escaped is no
// path of ours, with or without a token, and is not sent elsewhere.
func TestPaths(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	token := s.token(t, lmsA, secretA)
	path := s.sitting(t, token)
	exam := strings.Split(path, "/")[4]
	for target, want := range map[string]int{
		"GET /api/v1/config/":                                          200,
		"GET /api/v1/config":                                           404,
		"GET /api/v1//config/":                                         404,
		"GET /api/v1/../v1/config/":                                    404,
		"GET /api/v1/%2e%2e/v1/config/":                                404,
		"GET /api/v1/conf%69g/":                                        404,
		"GET /API/v1/config/":                                          404,
		"POST /api/v1/config/":                                         405,
		"HEAD /api/v1/config/":                                         405,
		"GET " + path:                                                  200,
		"GET " + strings.TrimSuffix(path, "/"):                         404,
		"GET " + path + "x":                                            404,
		"GET " + path + "../":                                          404,
		"PUT " + path:                                                  405,
		"GET /api/v1/exam/" + exam + "/attempt/../":                    404,
		"GET /api/v1/exam/../attempt/x/":                               404,
		"GET /api/v1/exam/%2f/attempt/x/":                              404,
		"GET /api/v1/exam/a%2fb/attempt/x/":                            404,
		"GET /api/v1/exam/a.b/attempt/x/":                              404,
		"GET /api/v1/exam/a%00/attempt/x/":                             404,
		"GET /api/v1/exam/" + strings.Repeat("a", 256) + "/attempt/x/": 404,
		"GET /api/v1/exam/no-such/attempt/x/":                          404,
		"GET /api/v1/exam/7/":                                          200,
		"GET /api/v1/exam/x/":                                          405, // only a POST has our ids
		"DELETE /api/v1/user/" + ada + "/":                             200,
		"DELETE /api/v1/user/ada/":                                     404,
		"DELETE /api/v1/user/" + ada[:38] + "../":                      404,
		"DELETE /api/v1/user/" + ada[:37] + "%2f/":                     404,
		"GET /oauth2/access_token":                                     405,
		"GET /":                                                        404,
		"GET /api/v1/instructor/" + lmsA + "/":                         403,
		"GET /api/v1/instructor/../":                                   404,
		"GET /api/v1/instructor/a%2fb/":                                404,
		"OPTIONS *":                                                    404,
	} {
		method, path, _ := strings.Cut(target, " ")
		w := s.do(method, path, token, "")
		if w.Code != want || w.Header().Get("Location") != "" {
			t.Errorf("%s: status %d, want %d", target, w.Code, want)
		}
		if (w.Code == http.StatusMethodNotAllowed) != (w.Header().Get("Allow") != "") {
			t.Errorf("%s: Allow: %q", target, w.Header().Get("Allow"))
		}
	}
}

// What is no id gets no further than the path: the provider is not asked for it.
func TestOddIDsInPathsReachNobody(t *testing.T) {
	t.Parallel()
	calls := 0
	var p backend.Provider
	s := newService(t, counting(&p, &calls))
	token := s.token(t, lmsA, secretA)
	for _, id := range []string{"..", ".", "a.b", "a~b", "a:b", "a@b", "a%2fb", "%61", "%252e", "%C3%A9", "%00", "'", strings.Repeat("a", 256)} {
		for target, body := range map[string]string{
			"POST /api/v1/exam/" + id + "/": examBody, "POST /api/v1/exam/" + id + "/attempt/": adaBody, "GET /api/v1/exam/x/attempt/" + id + "/": "",
			"PATCH /api/v1/exam/" + id + "/attempt/x/": `{"status": "started"}`, "DELETE /api/v1/exam/x/attempt/" + id + "/": "", "DELETE /api/v1/user/" + id + "/": "",
		} {
			method, path, _ := strings.Cut(target, " ")
			if w := s.do(method, path, token, body); w.Code != http.StatusNotFound || calls != 0 {
				t.Errorf("%s: status %d, %d calls of the provider", target, w.Code, calls)
			}
		}
	}
}

// Course keys hold + and :, and the old ones slashes; the platform escapes none of
// these, and its HTTP library only what is not ASCII.
func TestCourseKeysInPaths(t *testing.T) {
	t.Parallel()
	s := newService(t, nil, withOnboarding)
	token := s.token(t, lmsA, secretA)
	for key, want := range map[string]int{
		"course-v1:edX+DemoX+Demo_Course":       200,
		"course-v1%3AedX%2BDemoX%2BDemo_Course": 200,
		"course-v1:edX+D%C3%A9moX+2026":         200,
		"ccx-v1:edX+DemoX+2026+ccx@7":           200,
		"edX/DemoX/2026":                        200,
		"edX%2FDemoX%2f2026":                    404,
		"edX/../2026":                           404,
		"edX/%2e%2e/2026":                       404,
		"edX/./2026":                            404,
		"edX/DemoX/..":                          404,
		"course-v1:edX+DemoX+../x":              404,
		"course-v1:edX":                         404,
		"":                                      404,
		"library-v1:edX+lib":                    404,
	} {
		w := s.do("GET", "/api/v1/courses/"+key+"/onboarding_statuses?user_id="+ada, token, "")
		if w.Code != want {
			t.Errorf("%s: status %d, want %d", key, w.Code, want)
		}
	}
}
