package edxtest

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

var certificateRoutes = []route{
	{method: get, pattern: "/api/certificates/v0/certificates/{username}/courses/{course}/", act: (*Server).getCertificate},
	{method: get, pattern: "/api/certificates/v0/certificates/{username}/", act: (*Server).listCertificates},
}

// getCertificate shows one certificate, whatever its status is.
func (s *Server) getCertificate(c call) reply {
	username, course := c.vars["username"], c.vars["course"]
	if refused, ok := c.permit("certificates:read", course, username); !ok {
		return refused
	}
	if _, _, valid := splitKey(course); !valid {
		return coded(http.StatusNotFound, "", "course_id_not_valid")
	}
	if s.courses[course].NoCertificates {
		return coded(http.StatusNotFound, "", "no_certificate_configuration_for_course")
	}
	certificate, found := s.certificates[enrollmentKey(username, course)]
	if !found {
		return coded(http.StatusNotFound, "", "no_certificate_for_user")
	}
	return jsonReply(http.StatusOK, s.certificateObject(certificate))
}

func (s *Server) certificateObject(c Certificate) object {
	created := "created_date"
	if s.is(VariantCertificateDate, "created") {
		created = "created"
	}
	return object{
		{"username", c.Username}, {"course_id", c.Course}, {"certificate_type", c.Mode}, {created, wireTime(c.Created)},
		{"status", c.Status}, {"is_passing", c.Passing}, {"download_url", testserver.OrNull(c.URL)}, {"grade", c.Grade},
	}
}

// listCertificates shows the passing ones alone, on one page.
func (s *Server) listCertificates(c call) reply {
	username := c.vars["username"]
	owner, found := s.users[username]
	switch isPublic := owner.Preferences["visibility.course_certificates"] == "all_users"; {
	case !found && !c.user.Staff:
		return c.refuse(http.StatusNotFound, "Not found.")
	case !c.user.Staff && c.user.Username != username && !isPublic:
		return c.forbid()
	}
	var passing []Certificate
	for _, certificate := range s.certificates {
		if certificate.Username == username && certificate.Passing {
			passing = append(passing, certificate)
		}
	}
	slices.SortFunc(passing, func(a, b Certificate) int { return cmp.Compare(a.Course, b.Course) })
	rows := []object{}
	for _, certificate := range passing {
		org, _, _ := splitKey(certificate.Course)
		rows = append(rows, append(s.certificateObject(certificate),
			member{"course_display_name", s.courses[certificate.Course].Name}, member{"course_organization", org},
			member{"modified_date", wireTime(certificate.Created)}, member{"uuid", "0123456789abcdef0123456789abcdef"}))
	}
	return jsonReply(http.StatusOK, rows)
}
