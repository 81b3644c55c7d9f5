"""What pages are made of: each draws one thing from what linkage.investigate answered."""
