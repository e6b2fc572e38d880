package graphtest

import "slices"

// Quirk is another answer where the public record of Graph contradicts itself or is silent.
type Quirk string

// The quirks, in the order of [Quirks].
const (
	QuirkItemInValue           Quirk = "item-in-value"
	QuirkListItemsInDevice     Quirk = "list-items-in-device"
	QuirkMethodInValue         Quirk = "method-in-value"
	QuirkCreateOK              Quirk = "create-200"
	QuirkCreateInValue         Quirk = "create-in-value"
	QuirkCreateNoContent       Quirk = "create-204"
	QuirkCreateSaysAvailable   Quirk = "create-assigned-says-available"
	QuirkUpdateReturnsEntity   Quirk = "update-200"
	QuirkAssignOK              Quirk = "assign-200"
	QuirkActivateOK            Quirk = "activate-200"
	QuirkLowerInnerError       Quirk = "innererror-lower-case"
	QuirkNestedInnerError      Quirk = "innererror-nested"
	QuirkInnerErrorMessage     Quirk = "innererror-message"
	QuirkUpperErrorCodes       Quirk = "error-codes-upper-case"
	QuirkForbiddenAccessDenied Quirk = "forbidden-access-denied"
	QuirkNoRequestID           Quirk = "no-request-id"
	QuirkClaimsChallenge       Quirk = "revoked-claims-challenge"

	QuirkEnumCasing           Quirk = "enum-casing"
	QuirkUnknownFutureValue   Quirk = "status-unknown-future-value"
	QuirkUnknownStatus        Quirk = "status-unknown"
	QuirkUnknownHashFunction  Quirk = "hash-function-unknown"
	QuirkIntervalAsString     Quirk = "interval-as-string"
	QuirkAssignedToMembers    Quirk = "assigned-to-extra-members"
	QuirkDuplicateConflict    Quirk = "duplicate-409"
	QuirkDuplicatesAllowed    Quirk = "duplicates-allowed"
	QuirkUniqueTriple         Quirk = "unique-by-serial-manufacturer-model"
	QuirkPaddingAccepted      Quirk = "padding-accepted"
	QuirkAssignToUPN          Quirk = "assign-to-upn"
	QuirkUpdateAssigned409    Quirk = "update-assigned-409"
	QuirkDeleteAssigned409    Quirk = "delete-assigned-409"
	QuirkDeleteAssigned       Quirk = "delete-assigned-allowed"
	QuirkUnassignLags         Quirk = "unassign-lags"
	QuirkAssignLags           Quirk = "assign-lags"
	QuirkFilterNoAssignedTo   Quirk = "filter-no-assigned-to"
	QuirkFilterIgnoresCase    Quirk = "filter-ignores-case"
	QuirkTopLimit             Quirk = "top-limit-999"
	QuirkPolicyMustBeEnabled  Quirk = "policy-must-be-enabled"
	QuirkFailedActivationEnds Quirk = "failed-activation-final"
	QuirkReactivationRefused  Quirk = "reactivation-refused"
	QuirkActivateRollsBack    Quirk = "assign-and-activate-rolls-back"
	QuirkDeactivateIdempotent Quirk = "deactivate-idempotent"

	QuirkBulkOK               Quirk = "bulk-200"
	QuirkBulkItemsInDevice    Quirk = "bulk-items-in-device"
	QuirkBulkShuffled         Quirk = "bulk-shuffled"
	QuirkBulkPartialAnnotated Quirk = "bulk-partial-annotated"
	QuirkBulkPartialMade      Quirk = "bulk-partial-made"
	QuirkBulkLimit            Quirk = "bulk-limit-50"
	QuirkBulkTooLarge         Quirk = "bulk-too-large-413"
	QuirkBatchShuffled        Quirk = "batch-shuffled"
)

type quirkDoc struct {
	quirk Quirk
	doc   string
}

func quirkDocs() []quirkDoc {
	return []quirkDoc{
		{QuirkItemInValue, `GET of a device answers {"value":{…}} instead of the flat entity (example of D-get).`},
		{QuirkListItemsInDevice, `The device list wraps each item as {"id":…,"device":{…}} (example of D-list).`},
		{QuirkMethodInValue, `GET of a user's method answers {"value":{…}} (example of D-mget).`},
		{QuirkCreateOK, `Create answers 200 instead of 201.`},
		{QuirkCreateInValue, `Create answers {"value":{…}}.`},
		{QuirkCreateNoContent, `Create answers 204 without a body.`},
		{QuirkCreateSaysAvailable, `Create with assignTo answers status "available" beside a filled assignedTo (E-how).`},
		{QuirkUpdateReturnsEntity, `PATCH of a device answers 200 with the entity instead of 204 (older D-upd).`},
		{QuirkAssignOK, `Assign answers 200 instead of 201 (U-token2 accepts both).`},
		{QuirkActivateOK, `Activate answers 200 with an empty object instead of 204 (U-token2 accepts both).`},
		{QuirkLowerInnerError, `Errors spell innererror in lower case (type text of G-err).`},
		{QuirkNestedInnerError, `innerError holds a code and another innerError, which holds the ids (G-err: it can nest).`},
		{QuirkInnerErrorMessage, `innerError repeats the message.`},
		{QuirkUpperErrorCodes, `Error codes begin with an upper-case letter.`},
		{QuirkForbiddenAccessDenied, `403 has code accessDenied instead of Authorization_RequestDenied.`},
		{QuirkNoRequestID, `Answers carry no request-id header.`},
		{QuirkClaimsChallenge, `401 for a revoked token carries a claims challenge (continuous access evaluation).`},
		{QuirkEnumCasing, `Answers spell enum members HMACSHA1, Available.`},
		{QuirkUnknownFutureValue, `Answers give status unknownFutureValue.`},
		{QuirkUnknownStatus, `Answers give a status that no metadata knows.`},
		{QuirkUnknownHashFunction, `Answers give a hashFunction that no metadata knows.`},
		{QuirkIntervalAsString, `Answers give timeIntervalInSeconds as a string.`},
		{QuirkAssignedToMembers, `assignedTo carries members beside id and displayName (OpenType in the CSDL).`},
		{QuirkDuplicateConflict, `A duplicate serial number is refused with 409 instead of 400.`},
		{QuirkDuplicatesAllowed, `Serial numbers need not be unique.`},
		{QuirkUniqueTriple, `Serial number, manufacturer and model together must be unique, the serial number alone need not.`},
		{QuirkPaddingAccepted, `secretKey may end in "=" padding.`},
		{QuirkAssignToUPN, `assignTo.id may be a user principal name (README of U-josh).`},
		{QuirkUpdateAssigned409, `PATCH of an assigned device is refused with 409 instead of 400.`},
		{QuirkDeleteAssigned409, `DELETE of an assigned device is refused with 409 instead of 400.`},
		{QuirkDeleteAssigned, `DELETE of an assigned device unassigns it silently (U-ve does not unassign first).`},
		{QuirkUnassignLags, `After unassign the device counts as assigned for DELETE for another 2 s of the clock.`},
		{QuirkAssignLags, `For 1 s of the clock after an assignment or an unassignment the device and the user's methods still read as before (U-ve retries 404).`},
		{QuirkFilterNoAssignedTo, `$filter on assignedTo is refused.`},
		{QuirkFilterIgnoresCase, `$filter compares strings without regard to case.`},
		{QuirkTopLimit, `$top above 999 is refused.`},
		{QuirkPolicyMustBeEnabled, `The hardwareOath policy is disabled at first, and create and assign answer 403 until it is enabled.`},
		{QuirkFailedActivationEnds, `A token in failedActivation must be unassigned before it can be activated.`},
		{QuirkReactivationRefused, `Activate of an activated token is refused.`},
		{QuirkActivateRollsBack, `assignAndActivate with a wrong code leaves the token unassigned.`},
		{QuirkDeactivateIdempotent, `Deactivate of a token that is not activated answers 204 instead of 400.`},
		{QuirkBulkOK, `Bulk create answers 200 instead of 201 (U-deepnet).`},
		{QuirkBulkItemsInDevice, `Bulk create wraps each item in device (example of D-bulk).`},
		{QuirkBulkShuffled, `Bulk create answers its items in another order.`},
		{QuirkBulkPartialAnnotated, `Bulk create makes the good items and answers 200 with @Core.DataModificationException on the failed ones.`},
		{QuirkBulkPartialMade, `Bulk create makes the good items and answers 400 for the whole request.`},
		{QuirkBulkLimit, `Bulk create refuses more than 50 items (the CSV limit of E-draft).`},
		{QuirkBulkTooLarge, `Bulk create refuses a body of more than 16 KiB with 413 (in the status list of G-err; no limit is documented).`},
		{QuirkBatchShuffled, `$batch answers its items in another order (G-batch allows it).`},
	}
}

// Quirks lists all quirks.
func Quirks() []Quirk {
	docs := quirkDocs()
	quirks := make([]Quirk, len(docs))
	for i, d := range docs {
		quirks[i] = d.quirk
	}
	return quirks
}

// Doc says in one sentence what the quirk does; it is empty for an unknown quirk.
func (q Quirk) Doc() string {
	docs := quirkDocs()
	i := slices.IndexFunc(docs, func(d quirkDoc) bool { return d.quirk == q })
	if i < 0 {
		return ""
	}
	return docs[i].doc
}
