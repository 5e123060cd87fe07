package edx

import (
	"fmt"
	"io"
	"log/slog"
)

// The types of this file hold a learner's name, address or user name, or values that
// do. Printed or logged, they show what they are, and nothing else. Their fields are
// there for whoever reads them, and so they are in JSON.

func mask(f fmt.State, name string) { _, _ = io.WriteString(f, maskedText(name)) }

func masked(name string) slog.Value { return slog.StringValue(maskedText(name)) }

func maskedText(name string) string { return "edx." + name + "{" + redacted + "}" }

// Format prints nothing of anybody, whatever the verb.
func (AddPermissionParams) Format(f fmt.State, _ rune) { mask(f, "AddPermissionParams") }

// LogValue returns nothing of anybody.
func (AddPermissionParams) LogValue() slog.Value { return masked("AddPermissionParams") }

// Format prints nothing of anybody, whatever the verb.
func (Allowance) Format(f fmt.State, _ rune) { mask(f, "Allowance") }

// LogValue returns nothing of anybody.
func (Allowance) LogValue() slog.Value { return masked("Allowance") }

// Format prints nothing of anybody, whatever the verb.
func (Attempt) Format(f fmt.State, _ rune) { mask(f, "Attempt") }

// LogValue returns nothing of anybody.
func (Attempt) LogValue() slog.Value { return masked("Attempt") }

// Format prints nothing of anybody, whatever the verb.
func (AttemptGroup) Format(f fmt.State, _ rune) { mask(f, "AttemptGroup") }

// LogValue returns nothing of anybody.
func (AttemptGroup) LogValue() slog.Value { return masked("AttemptGroup") }

// Format prints nothing of anybody, whatever the verb.
func (Certificate) Format(f fmt.State, _ rune) { mask(f, "Certificate") }

// LogValue returns nothing of anybody.
func (Certificate) LogValue() slog.Value { return masked("Certificate") }

// Format prints nothing of anybody, whatever the verb.
func (Client) Format(f fmt.State, _ rune) { mask(f, "Client") }

// LogValue returns nothing of anybody.
func (Client) LogValue() slog.Value { return masked("Client") }

// Format prints nothing of anybody, whatever the verb.
func (EnrollParams) Format(f fmt.State, _ rune) { mask(f, "EnrollParams") }

// LogValue returns nothing of anybody.
func (EnrollParams) LogValue() slog.Value { return masked("EnrollParams") }

// Format prints nothing of anybody, whatever the verb.
func (Enrollment) Format(f fmt.State, _ rune) { mask(f, "Enrollment") }

// LogValue returns nothing of anybody.
func (Enrollment) LogValue() slog.Value { return masked("Enrollment") }

// Format prints nothing of anybody, whatever the verb.
func (EnrollmentRow) Format(f fmt.State, _ rune) { mask(f, "EnrollmentRow") }

// LogValue returns nothing of anybody.
func (EnrollmentRow) LogValue() slog.Value { return masked("EnrollmentRow") }

// Format prints nothing of anybody, whatever the verb.
func (ExamAttempt) Format(f fmt.State, _ rune) { mask(f, "ExamAttempt") }

// LogValue returns nothing of anybody.
func (ExamAttempt) LogValue() slog.Value { return masked("ExamAttempt") }

// Format prints nothing of anybody, whatever the verb.
func (ExtraTime) Format(f fmt.State, _ rune) { mask(f, "ExtraTime") }

// LogValue returns nothing of anybody.
func (ExtraTime) LogValue() slog.Value { return masked("ExtraTime") }

// Format prints nothing of anybody, whatever the verb.
func (GetCourseParams) Format(f fmt.State, _ rune) { mask(f, "GetCourseParams") }

// LogValue returns nothing of anybody.
func (GetCourseParams) LogValue() slog.Value { return masked("GetCourseParams") }

// Format prints nothing of anybody, whatever the verb.
func (Grade) Format(f fmt.State, _ rune) { mask(f, "Grade") }

// LogValue returns nothing of anybody.
func (Grade) LogValue() slog.Value { return masked("Grade") }

// Format prints nothing of anybody, whatever the verb.
func (GradebookEntry) Format(f fmt.State, _ rune) { mask(f, "GradebookEntry") }

// LogValue returns nothing of anybody.
func (GradebookEntry) LogValue() slog.Value { return masked("GradebookEntry") }

// Format prints nothing of anybody, whatever the verb.
func (GradebookParams) Format(f fmt.State, _ rune) { mask(f, "GradebookParams") }

// LogValue returns nothing of anybody.
func (GradebookParams) LogValue() slog.Value { return masked("GradebookParams") }

// Format prints nothing of anybody, whatever the verb.
func (ListAttemptsParams) Format(f fmt.State, _ rune) { mask(f, "ListAttemptsParams") }

// LogValue returns nothing of anybody.
func (ListAttemptsParams) LogValue() slog.Value { return masked("ListAttemptsParams") }

// Format prints nothing of anybody, whatever the verb.
func (ListCourseIDsParams) Format(f fmt.State, _ rune) { mask(f, "ListCourseIDsParams") }

// LogValue returns nothing of anybody.
func (ListCourseIDsParams) LogValue() slog.Value { return masked("ListCourseIDsParams") }

// Format prints nothing of anybody, whatever the verb.
func (ListCoursesParams) Format(f fmt.State, _ rune) { mask(f, "ListCoursesParams") }

// LogValue returns nothing of anybody.
func (ListCoursesParams) LogValue() slog.Value { return masked("ListCoursesParams") }

// Format prints nothing of anybody, whatever the verb.
func (ListEnrollmentsParams) Format(f fmt.State, _ rune) { mask(f, "ListEnrollmentsParams") }

// LogValue returns nothing of anybody.
func (ListEnrollmentsParams) LogValue() slog.Value { return masked("ListEnrollmentsParams") }

// Format prints nothing of anybody, whatever the verb.
func (ListOnboardingParams) Format(f fmt.State, _ rune) { mask(f, "ListOnboardingParams") }

// LogValue returns nothing of anybody.
func (ListOnboardingParams) LogValue() slog.Value { return masked("ListOnboardingParams") }

// Format prints nothing of anybody, whatever the verb.
func (OnboardingEntry) Format(f fmt.State, _ rune) { mask(f, "OnboardingEntry") }

// LogValue returns nothing of anybody.
func (OnboardingEntry) LogValue() slog.Value { return masked("OnboardingEntry") }

// Format prints nothing of anybody, whatever the verb.
func (Page[T]) Format(f fmt.State, _ rune) { mask(f, "Page") }

// LogValue returns nothing of anybody.
func (Page[T]) LogValue() slog.Value { return masked("Page") }

// Format prints nothing of anybody, whatever the verb.
func (Permission) Format(f fmt.State, _ rune) { mask(f, "Permission") }

// LogValue returns nothing of anybody.
func (Permission) LogValue() slog.Value { return masked("Permission") }

// Format prints nothing of anybody, whatever the verb.
func (RemoveAllowanceParams) Format(f fmt.State, _ rune) { mask(f, "RemoveAllowanceParams") }

// LogValue returns nothing of anybody.
func (RemoveAllowanceParams) LogValue() slog.Value { return masked("RemoveAllowanceParams") }

// Format prints nothing of anybody, whatever the verb.
func (SectionGrades) Format(f fmt.State, _ rune) { mask(f, "SectionGrades") }

// LogValue returns nothing of anybody.
func (SectionGrades) LogValue() slog.Value { return masked("SectionGrades") }

// Format prints nothing of anybody, whatever the verb.
func (SectionGradesParams) Format(f fmt.State, _ rune) { mask(f, "SectionGradesParams") }

// LogValue returns nothing of anybody.
func (SectionGradesParams) LogValue() slog.Value { return masked("SectionGradesParams") }

// Format prints nothing of anybody, whatever the verb.
func (SetAllowanceParams) Format(f fmt.State, _ rune) { mask(f, "SetAllowanceParams") }

// LogValue returns nothing of anybody.
func (SetAllowanceParams) LogValue() slog.Value { return masked("SetAllowanceParams") }

// Format prints nothing of anybody, whatever the verb.
func (SetAllowancesParams) Format(f fmt.State, _ rune) { mask(f, "SetAllowancesParams") }

// LogValue returns nothing of anybody.
func (SetAllowancesParams) LogValue() slog.Value { return masked("SetAllowancesParams") }

// Format prints nothing of anybody, whatever the verb.
func (SetExtraTimeParams) Format(f fmt.State, _ rune) { mask(f, "SetExtraTimeParams") }

// LogValue returns nothing of anybody.
func (SetExtraTimeParams) LogValue() slog.Value { return masked("SetExtraTimeParams") }

// Format prints nothing of anybody, whatever the verb.
func (UpdateAccountParams) Format(f fmt.State, _ rune) { mask(f, "UpdateAccountParams") }

// LogValue returns nothing of anybody.
func (UpdateAccountParams) LogValue() slog.Value { return masked("UpdateAccountParams") }

// Format prints nothing of anybody, whatever the verb.
func (Review) Format(f fmt.State, _ rune) { mask(f, "Review") }

// LogValue returns nothing of anybody.
func (Review) LogValue() slog.Value { return masked("Review") }

// Format prints nothing of anybody, whatever the verb.
func (ReviewComment) Format(f fmt.State, _ rune) { mask(f, "ReviewComment") }

// LogValue returns nothing of anybody.
func (ReviewComment) LogValue() slog.Value { return masked("ReviewComment") }

// Format prints nothing of anybody, whatever the verb.
func (ExamReview) Format(f fmt.State, _ rune) { mask(f, "ExamReview") }

// LogValue returns nothing of anybody.
func (ExamReview) LogValue() slog.Value { return masked("ExamReview") }

// Format prints nothing of anybody, whatever the verb.
func (Preferences) Format(f fmt.State, _ rune) { mask(f, "Preferences") }

// LogValue returns nothing of anybody.
func (Preferences) LogValue() slog.Value { return masked("Preferences") }

// Format prints nothing of anybody, whatever the verb.
func (UpdatePreferencesParams) Format(f fmt.State, _ rune) { mask(f, "UpdatePreferencesParams") }

// LogValue returns nothing of anybody.
func (UpdatePreferencesParams) LogValue() slog.Value { return masked("UpdatePreferencesParams") }

// Format prints nothing of anybody, whatever the verb.
func (BlocksParams) Format(f fmt.State, _ rune) { mask(f, "BlocksParams") }

// LogValue returns nothing of anybody.
func (BlocksParams) LogValue() slog.Value { return masked("BlocksParams") }

// Format prints nothing of anybody, whatever the verb.
func (OwnUser) Format(f fmt.State, _ rune) { mask(f, "OwnUser") }

// LogValue returns nothing of anybody.
func (OwnUser) LogValue() slog.Value { return masked("OwnUser") }

// Format prints nothing of anybody, whatever the verb.
func (ProfileField) Format(f fmt.State, _ rune) { mask(f, "ProfileField") }

// LogValue returns nothing of anybody.
func (ProfileField) LogValue() slog.Value { return masked("ProfileField") }

// Format prints nothing of anybody, whatever the verb.
func (ProfileImage) Format(f fmt.State, _ rune) { mask(f, "ProfileImage") }

// LogValue returns nothing of anybody.
func (ProfileImage) LogValue() slog.Value { return masked("ProfileImage") }

// Format prints nothing of anybody, whatever the verb.
func (SocialLink) Format(f fmt.State, _ rune) { mask(f, "SocialLink") }

// LogValue returns nothing of anybody.
func (SocialLink) LogValue() slog.Value { return masked("SocialLink") }
